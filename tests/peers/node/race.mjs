// Two ways side by side, as core/benches/support/race.rs has it for Rust: interleaved rounds,
// the CPU time of the process (its collector counts), medians, ratios and nothing else.

const ROUNDS = 15;
/** What is shorter than this is repeated within a round; microseconds. */
const SAMPLE = 48_000;

/** A name, and a run whose result cannot be left out. */
export const way = (name, run) => ({ name, run, repeats: 1 });

export class Table {
  #races = [];
  #notes = [];
  #sink = 0;

  /** `ours` against `rival`; each run does as much as the other's. */
  add(work, ours, rival) {
    this.#races.push({ work, ours, rival, ratios: [] });
  }

  /** A line that could not be run: the table has it all the same. */
  missing(work, against, reason) {
    console.log(`| ${work} | ${against} | ${reason} |`);
  }

  note(text) {
    this.#notes.push(text);
  }

  run() {
    for (const { ours, rival } of this.#races) {
      this.#settle(ours);
      this.#settle(rival);
    }
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const race of this.#races) {
        // Who runs second finds warmer caches: they take turns.
        const order = round % 2 === 0 ? [race.ours, race.rival] : [race.rival, race.ours];
        const times = new Map(order.map((one) => [one, this.#time(one)]));
        race.ratios.push(times.get(race.ours) / times.get(race.rival));
      }
    }
    for (const { work, ours, rival, ratios } of this.#races) {
      ratios.sort((a, b) => a - b);
      const [low, middle, high] = [1, 2, 3].map((quarter) => ratios[Math.floor((ROUNDS * quarter) / 4)].toFixed(4));
      console.log(`| ${work} | ${ours.name}: ${rival.name} | ${middle} (${low} - ${high}) |`);
    }
    for (const text of this.#notes) console.log(`note: ${text}`);
    // What was made is used: no engine may leave the work out.
    if (Number.isNaN(this.#sink)) throw new Error("a run gave no number");
  }

  #time(one) {
    const start = process.cpuUsage();
    for (let run = 0; run < one.repeats; run += 1) this.#sink += one.run();
    const { user, system } = process.cpuUsage(start);
    return (user + system) / one.repeats;
  }

  #settle(one) {
    // Twice: the first time goes to the compiler.
    for (let time = 0; time < 2; time += 1) {
      const start = process.cpuUsage();
      let runs = 0;
      let spent = 0;
      do {
        this.#sink += one.run();
        runs += 1;
        const { user, system } = process.cpuUsage(start);
        spent = user + system;
      } while (spent < SAMPLE);
      one.repeats = runs;
    }
  }
}
