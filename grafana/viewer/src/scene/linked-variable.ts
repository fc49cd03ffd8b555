import { VariableHide } from '@grafana/data';
import { TextBoxVariable } from '@grafana/scenes';

type State = TextBoxVariable['state'];

/** Takes no room until a link has set it; then it is shown, so that a reader sees what is asked for and can clear it. */
export class LinkedVariable extends TextBoxVariable {
  constructor(state: Partial<State>) {
    super({ ...state, hide: VariableHide.hideVariable });
  }

  override setState(update: Partial<State>): void {
    super.setState(update.value ? { ...update, hide: VariableHide.dontHide } : update);
  }
}
