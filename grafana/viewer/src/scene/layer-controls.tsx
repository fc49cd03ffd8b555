import { SceneObjectBase } from '@grafana/scenes';
import type { SceneComponentProps, SceneDataLayerProvider, SceneObjectState } from '@grafana/scenes';
import { InlineLabel } from '@grafana/ui';

interface LayerControlsState extends SceneObjectState {
  readonly layers: readonly SceneDataLayerProvider[];
}

/** A switch for each kind of annotation, under its name. */
export class LayerControls extends SceneObjectBase<LayerControlsState> {
  static readonly Component = ({ model }: SceneComponentProps<LayerControls>) => (
    <span className="tl-layers">
      {model.useState().layers.map((layer) => (
        <span key={layer.state.key} style={{ display: 'flex' }}>
          <InlineLabel width="auto" htmlFor={`data-layer-${layer.state.key}`}>
            {layer.state.name}
          </InlineLabel>
          <layer.Component model={layer} />
        </span>
      ))}
    </span>
  );
}
