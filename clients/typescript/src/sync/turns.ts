/** Pieces of work that never run at the same time. */
export class Turns {
  #running: Promise<unknown> | undefined;

  /** Runs the work once the one before has ended, well or not. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    while (this.#running) await this.#running.catch(() => undefined);
    const running = work().finally(() => (this.#running = undefined));
    this.#running = running;
    return running;
  }
}
