// The force layout in a worker, so that the page stays responsive.

import { simulate, type ForceJob } from "./force-job";

self.onmessage = (event: MessageEvent<ForceJob>) => {
  self.postMessage(simulate(event.data));
};
