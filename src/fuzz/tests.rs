//! The targets on stable: the corpus as it is, changed at random, and blown up.
//!
//! `FUZZ_CASES` is how many random inputs each target gets, `FUZZ_SEED` where they start, `FUZZ_TARGET` the only target
//! that runs, and `FUZZ_LAST` names files that hold each target's last input, for what ends the whole process.
#![expect(clippy::disallowed_methods, reason = "tests may block")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use super::{ALL, Target};

/// Random inputs of a target where nobody asks for more.
const CASES: u32 = 100;
/// No random input is longer, in bytes.
const LONGEST: usize = 16 << 10;
/// How long a blown-up input is, in bytes.
const BLOWN_UP: usize = 32 << 10;
/// The stack that worker threads have.
const STACK: usize = 2 << 20;
/// What no input may take of a processor, in a build without optimisation.
const SLOW: Duration = Duration::from_secs(20);

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz")
}

fn number<N: std::str::FromStr>(variable: &str, default: N) -> N {
    std::env::var(variable).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// The seeds of a target, with their names.
fn corpus(target: &Target) -> Vec<(String, Vec<u8>)> {
    let folder = folder().join("corpus").join(target.name);
    let entries =
        fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut seeds: Vec<_> = entries
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.file_name().unwrap().display().to_string(), fs::read(path).unwrap()))
        .collect();
    seeds.sort();
    assert!(!seeds.is_empty(), "{} has no seeds", target.name);
    seeds
}

/// Runs each target on a thread of its own, whose stack is no larger than that of a worker.
fn on_threads(work: fn(&Target)) {
    std::thread::scope(|scope| {
        let only = std::env::var("FUZZ_TARGET").ok();
        let wanted = |target: &&Target| only.as_ref().is_none_or(|only| only == target.name);
        let threads = ALL.iter().filter(wanted).map(|target| {
            let builder =
                std::thread::Builder::new().name(target.name.to_owned()).stack_size(STACK);
            builder.spawn_scoped(scope, move || work(target)).unwrap()
        });
        for thread in threads.collect::<Vec<_>>() {
            let name = thread.thread().name().unwrap_or_default().to_owned();
            assert!(thread.join().is_ok(), "{name} failed: its own message is above");
        }
    });
}

/// Reads an input; too slow is wrong, too.
fn read(target: &Target, input: &[u8]) {
    if let Some(last) = std::env::var_os("FUZZ_LAST") {
        let mut path = last;
        path.push(".");
        path.push(target.name);
        fs::write(path, input).unwrap();
    }
    let begun = Clock::start();
    (target.run)(input);
    let taken = begun.elapsed();
    assert!(taken < SLOW, "{taken:?} for {} bytes", input.len());
}

/// The time of a processor that this thread takes; other tests take theirs beside it.
struct Clock(Instant, Option<u64>);

impl Clock {
    fn start() -> Self {
        Self(Instant::now(), Self::nanoseconds())
    }

    fn elapsed(&self) -> Duration {
        match (self.1, Self::nanoseconds()) {
            (Some(before), Some(now)) => Duration::from_nanos(now - before),
            _ => self.0.elapsed(),
        }
    }

    fn nanoseconds() -> Option<u64> {
        let text = fs::read_to_string("/proc/thread-self/schedstat").ok()?;
        text.split(' ').next()?.parse().ok()
    }
}

#[test]
fn the_corpus_holds() {
    on_threads(|target| {
        for (name, seed) in corpus(target) {
            let outcome = std::panic::catch_unwind(|| read(target, &seed));
            assert!(outcome.is_ok(), "fuzz/corpus/{}/{name}", target.name);
        }
    });
}

/// What is done to a seed.
#[derive(Debug, Clone)]
enum Change {
    Set(Index, u8),
    Cut(Index, Index),
    Repeat(Index, Index, usize),
    Insert(Index, Index),
    Splice(Index, Index, Index),
    Random(Index, Vec<u8>),
}

fn change() -> impl Strategy<Value = Change> {
    let index = any::<Index>;
    prop_oneof![
        2 => (index(), any::<u8>()).prop_map(|(at, byte)| Change::Set(at, byte)),
        2 => (index(), index()).prop_map(|(from, to)| Change::Cut(from, to)),
        1 => (index(), index(), 1..50_usize).prop_map(|(from, to, times)| Change::Repeat(from, to, times)),
        6 => (index(), index()).prop_map(|(at, word)| Change::Insert(at, word)),
        2 => (index(), index(), index()).prop_map(|(at, seed, from)| Change::Splice(at, seed, from)),
        1 => (index(), prop::collection::vec(any::<u8>(), 0..20)).prop_map(|(at, bytes)| Change::Random(at, bytes)),
    ]
}

impl Change {
    fn apply(&self, input: &mut Vec<u8>, seeds: &[Vec<u8>], words: &[&str]) {
        let place = |at: &Index| at.index(input.len() + 1);
        let range = |from: &Index, to: &Index| {
            let (from, to) = (place(from), place(to));
            from.min(to)..from.max(to)
        };
        let (at, removed, new) = match self {
            Self::Set(at, byte) => {
                let at = place(at);
                (at, usize::from(at < input.len()), vec![*byte])
            }
            Self::Cut(from, to) => (range(from, to).start, range(from, to).len(), Vec::new()),
            Self::Repeat(from, to, times) => {
                let range = range(from, to);
                (range.start, 0, input[range].repeat(*times))
            }
            Self::Insert(at, word) => (place(at), 0, word.get(words).as_bytes().to_vec()),
            Self::Splice(at, seed, from) => {
                let seed = seed.get(seeds);
                (place(at), 0, seed[from.index(seed.len() + 1)..].to_vec())
            }
            Self::Random(at, bytes) => (place(at), 0, bytes.clone()),
        };
        input.splice(at..at + removed, new);
        input.truncate(LONGEST);
    }
}

#[test]
fn changed_seeds_hold() {
    on_threads(|target| {
        let seeds: Vec<Vec<u8>> = corpus(target).into_iter().map(|(_, seed)| seed).collect();
        let mut seed = [0; 32];
        seed[..8].copy_from_slice(&number("FUZZ_SEED", 0_u64).to_le_bytes());
        let config = Config {
            cases: number("FUZZ_CASES", CASES),
            failure_persistence: None,
            max_shrink_iters: 100,
            ..Config::default()
        };
        let random = TestRng::from_seed(RngAlgorithm::ChaCha, &seed);
        let mut runner = TestRunner::new_with_rng(config, random);
        let changes = (any::<Index>(), prop::collection::vec(change(), 0..12));
        let outcome = runner.run(&changes, |(first, changes)| {
            let mut input = first.get(&seeds).clone();
            for change in &changes {
                change.apply(&mut input, &seeds, target.words);
            }
            let shown = String::from_utf8_lossy(&input).into_owned();
            let read = std::panic::catch_unwind(|| read(target, &input));
            read.map_err(|panic| {
                let why = panic.downcast_ref::<String>().cloned();
                let why = why.or_else(|| panic.downcast_ref::<&str>().map(|why| (*why).to_owned()));
                TestCaseError::fail(format!("{}\ninput: {shown:?}", why.unwrap_or_default()))
            })
        });
        if let Err(error) = outcome {
            panic!("{}: {error}", target.name);
        }
    });
}

/// One word, or two in turn, again and again: what is not linear, or takes a level of the stack each, shows here.
#[test]
fn blown_up_words_hold() {
    on_threads(|target| {
        let length: usize = number("FUZZ_BLOWN_UP", BLOWN_UP);
        let seeds = corpus(target);
        for word in target.words {
            let lines = format!("{word}\n");
            let many = word.repeat(length / word.len());
            let in_seed = [&seeds[0].1[..], many.as_bytes()].concat();
            let inputs =
                [many.into_bytes(), lines.repeat(length / lines.len()).into_bytes(), in_seed];
            for input in inputs {
                let read = std::panic::catch_unwind(|| read(target, &input));
                assert!(read.is_ok(), "{}: {word:?} again and again", target.name);
            }
        }
    });
}

#[test]
fn every_target_can_be_driven_by_cargo_fuzz() {
    let names: BTreeSet<String> = ALL.iter().map(|target| target.name.to_owned()).collect();
    assert_eq!(names.len(), ALL.len());
    let manifest = fs::read_to_string(folder().join("Cargo.toml")).unwrap();
    for name in &names {
        let driver = fs::read_to_string(folder().join(format!("fuzz_targets/{name}.rs"))).unwrap();
        assert!(driver.contains(&format!("fuzz::{name}::run(bytes)")), "{name}");
        assert!(manifest.contains(&format!("path = \"fuzz_targets/{name}.rs\"")), "{name}");
    }
    for kind in ["corpus", "fuzz_targets"] {
        let found = fs::read_dir(folder().join(kind)).unwrap();
        let found =
            found.map(|entry| entry.unwrap().path().file_stem().unwrap().display().to_string());
        assert_eq!(found.collect::<BTreeSet<_>>(), names, "{kind}");
    }
}
