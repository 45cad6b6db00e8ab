// Provided by the build: the worker's script, as text.
declare module "virtual:force-worker" {
  const text: string;
  export default text;
}
