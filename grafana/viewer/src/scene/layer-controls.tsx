import { SceneDataLayerSet, SceneObjectBase, sceneGraph } from '@grafana/scenes';
import type { SceneComponentProps } from '@grafana/scenes';
import { InlineLabel } from '@grafana/ui';

/** A switch for each kind of annotation that the scene around it has, under its name. */
export class LayerControls extends SceneObjectBase {
  static readonly Component = ({ model }: SceneComponentProps<LayerControls>) => {
    const layers = sceneGraph.getDataLayers(model, true).flatMap((set) => (set instanceof SceneDataLayerSet ? set.state.layers : []));
    return (
      <span className="tl-layers">
        {layers.map((layer) => (
          <span key={layer.state.key} style={{ display: 'flex' }}>
            <InlineLabel width="auto" htmlFor={`data-layer-${layer.state.key}`}>
              {layer.state.name}
            </InlineLabel>
            <layer.Component model={layer} />
          </span>
        ))}
      </span>
    );
  };
}
