/** What commander calls for a command: the result of `work` becomes the exit code of the process. */
export function action<A extends unknown[]>(
  work: (...args: A) => Promise<number>,
): (...args: A) => Promise<void> {
  return async (...args) => {
    process.exitCode = await work(...args);
  };
}
