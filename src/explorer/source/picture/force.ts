// Runs the force layout in a worker, or in the page if that may not start one.

import workerText from "virtual:force-worker";
import { simulate, type ForceJob, type ForceResult } from "./force-job";

export function runForce(job: ForceJob): Promise<ForceResult> {
  return new Promise((resolve) => {
    const here = () => setTimeout(() => resolve(simulate(job)), 0);
    let worker: Worker;
    let address = "";
    try {
      address = URL.createObjectURL(new Blob([workerText], { type: "text/javascript" }));
      worker = new Worker(address);
    } catch {
      here();
      return;
    }
    const done = () => {
      worker.terminate();
      URL.revokeObjectURL(address);
    };
    worker.onmessage = (event: MessageEvent<ForceResult>) => {
      done();
      resolve(event.data);
    };
    worker.onerror = () => {
      done();
      here();
    };
    worker.postMessage(job);
  });
}
