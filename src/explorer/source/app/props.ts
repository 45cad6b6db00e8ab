// What every part of the page is drawn from.

import type { View } from "../model/types";
import type { App, Ui } from "./app";

export interface Props {
  app: App;
  view: View;
  ui: Ui;
}
