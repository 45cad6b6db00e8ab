// Runs the force layout in a worker, or in the page if that may not start one.

import workerText from "virtual:force-worker";
import { simulate, type ForceJob, type ForceResult } from "./force-job";

/** Start a layout; it is given to `take` unless it is stopped before. */
export function runForce(job: ForceJob, take: (result: ForceResult) => void): { stop(): void } {
  let waiting = 0;
  const here = () => {
    waiting = window.setTimeout(() => take(simulate(job)), 0);
  };
  let worker: Worker;
  let address = "";
  try {
    address = URL.createObjectURL(new Blob([workerText], { type: "text/javascript" }));
    worker = new Worker(address);
  } catch {
    here();
    return { stop: () => clearTimeout(waiting) };
  }
  const done = () => {
    worker.terminate();
    URL.revokeObjectURL(address);
  };
  worker.onmessage = (event: MessageEvent<ForceResult>) => {
    done();
    take(event.data);
  };
  worker.onerror = () => {
    done();
    here();
  };
  worker.postMessage(job);
  return {
    stop() {
      done();
      clearTimeout(waiting);
    },
  };
}
