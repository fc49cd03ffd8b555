import { SceneObjectBase } from '@grafana/scenes';
import type { SceneComponentProps, SceneObjectState, SceneRefreshPicker, SceneTimePicker } from '@grafana/scenes';

interface TimeControlsState extends SceneObjectState {
  readonly picker: SceneTimePicker;
  readonly refresh: SceneRefreshPicker;
}

/** Beside the title where there is room, as in Grafana. */
export class TimeControls extends SceneObjectBase<TimeControlsState> {
  static readonly Component = ({ model }: SceneComponentProps<TimeControls>) => {
    const { picker, refresh } = model.useState();
    return (
      <div className="tl-time">
        <picker.Component model={picker} />
        <refresh.Component model={refresh} />
      </div>
    );
  };
}
