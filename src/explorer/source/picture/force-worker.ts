// The force layout, run beside the page so that the reader can go on.

import { simulate, type ForceJob } from "./force-job";

self.onmessage = (event: MessageEvent<ForceJob>) => {
  self.postMessage(simulate(event.data));
};
