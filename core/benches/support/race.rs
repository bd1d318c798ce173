//! Two ways side by side. Times swing with whatever else a machine does, so only the ratio
//! of two that ran right after each other is worth printing, and where the system tells it, the
//! time that a thread was given instead of the time that went by.

use std::hint::black_box;
use std::time::{Duration, Instant};

/// Enough for a median that holds.
const ROUNDS: usize = 15;
/// What is shorter than this is repeated within a round: many ticks of the scheduler, by which
/// the time of a thread is counted.
const SAMPLE: Duration = Duration::from_millis(48);

/// One way of doing something: its name, and a run of it that returns what cannot be left out.
pub(crate) struct Way<'w> {
    name: &'static str,
    run: Box<dyn FnMut() -> usize + 'w>,
    repeats: u32,
}

impl<'w> Way<'w> {
    pub(crate) fn new(name: &'static str, run: impl FnMut() -> usize + 'w) -> Self {
        Self { name, run: Box::new(run), repeats: 1 }
    }

    /// The time of one run.
    fn time(&mut self) -> f64 {
        let start = Clock::start();
        for _ in 0..self.repeats {
            black_box((self.run)());
        }
        start.seconds() / f64::from(self.repeats)
    }

    fn settle(&mut self) {
        let begin = Instant::now();
        let mut runs = 0;
        while begin.elapsed() < SAMPLE {
            black_box((self.run)());
            runs += 1;
        }
        self.repeats = runs;
    }
}

/// The time that this thread has been running, or the wall's where that is not told.
struct Clock {
    wall: Instant,
    given: Option<u64>,
}

impl Clock {
    fn start() -> Self {
        Self { wall: Instant::now(), given: given() }
    }

    fn seconds(&self) -> f64 {
        match (self.given, given()) {
            (Some(before), Some(after)) => Duration::from_nanos(after - before).as_secs_f64(),
            _ => self.wall.elapsed().as_secs_f64(),
        }
    }
}

/// Nanoseconds that Linux has given to this thread.
fn given() -> Option<u64> {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    told.split(' ').next()?.parse().ok()
}

/// A line of the table.
struct Race<'w> {
    work: &'static str,
    /// How many things, and how many of the rival's, one run does.
    per: (f64, f64),
    ours: Way<'w>,
    rival: Way<'w>,
    ratios: Vec<f64>,
    times: Vec<f64>,
}

/// All lines, run in interleaved rounds.
#[derive(Default)]
pub(crate) struct Table<'w> {
    races: Vec<Race<'w>>,
}

impl<'w> Table<'w> {
    /// `ours` against `rival`, for the same amount of work.
    pub(crate) fn add(&mut self, work: &'static str, count: usize, ours: Way<'w>, rival: Way<'w>) {
        self.add_scaled(work, (count, count), ours, rival);
    }

    /// `ours` against `rival`, each by its own count: by bytes, or by operations.
    pub(crate) fn add_scaled(
        &mut self,
        work: &'static str,
        counts: (usize, usize),
        ours: Way<'w>,
        rival: Way<'w>,
    ) {
        let per = (as_f64(counts.0), as_f64(counts.1));
        self.races.push(Race { work, per, ours, rival, ratios: Vec::new(), times: Vec::new() });
    }

    /// Runs the lines whose name contains `filter` and prints the medians.
    pub(crate) fn run(mut self, filter: Option<&str>) {
        self.races.retain(|race| filter.is_none_or(|filter| race.work.contains(filter)));
        for race in &mut self.races {
            race.ours.settle();
            race.rival.settle();
        }
        for round in 0..ROUNDS {
            for race in &mut self.races {
                // Who runs second finds warmer caches: they take turns.
                let (ours, rival) = if round % 2 == 0 {
                    let ours = race.ours.time();
                    (ours, race.rival.time())
                } else {
                    let rival = race.rival.time();
                    (race.ours.time(), rival)
                };
                race.times.push(ours / race.per.0);
                race.ratios.push((ours / race.per.0) / (rival / race.per.1));
            }
        }
        println!("| work | against | time ratio (lower quarter - upper quarter) | ns each |");
        println!("| --- | --- | --- | --- |");
        for race in &mut self.races {
            println!(
                "| {} | {}: {} | {:.3} ({:.3} - {:.3}) | {:.1} |",
                race.work,
                race.ours.name,
                race.rival.name,
                quantile(&mut race.ratios, 2),
                quantile(&mut race.ratios, 1),
                quantile(&mut race.ratios, 3),
                quantile(&mut race.times, 2) * 1e9,
            );
        }
    }
}

fn quantile(numbers: &mut [f64], quarter: usize) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers.get(numbers.len() * quarter / 4).copied().unwrap_or(f64::NAN)
}

fn as_f64(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::MAX, f64::from)
}
