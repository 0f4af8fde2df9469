//! Breadth-first search, so the first trace to a breach is a shortest one. Then a search backwards from the good states
//! finds states from which none can be reached.

use std::time::{Duration, Instant};

use crate::apply::apply;
use crate::config::Config;
use crate::digest::{ByDigest, digest};
use crate::invariants::{Breach, is_good, no_forgotten_gap, no_orphan};
use crate::memo::Memo;
use crate::moves::{Move, moves};
use crate::mutants::Mutant;
use crate::served::{is_own, is_served, no_wasted_slot, note_help};
use crate::storms::no_storm;
use crate::world::World;

pub struct Found {
    pub states: usize,
    pub depth: usize,
    pub situations: usize,
    pub took: Duration,
    pub steps: std::collections::BTreeMap<String, usize>,
    pub breach: Option<(Breach, Vec<Move>)>,
}

struct Search<'a> {
    memo: Memo<'a>,
    numbers: ByDigest<u32>,
    came_by: Vec<(u32, Move)>,
    /// All transitions between states: to, from.
    edges: Vec<(u32, u32)>,
    good: Vec<u32>,
    /// The transitions without any person, and the states in which no pod is pending in vain.
    own: Vec<(u32, u32)>,
    served: Vec<u32>,
}

/// No configuration may have more states.
const MOST: usize = 400_000;

/// Visits every state of a configuration, or all up to the first breach.
pub fn search(config: &Config, mutant: Option<&Mutant>) -> Found {
    let began = Instant::now();
    let mut search = Search {
        memo: Memo::new(config, mutant),
        numbers: ByDigest::default(),
        came_by: vec![(0, Move::Crash)],
        edges: Vec::new(),
        good: Vec::new(),
        own: Vec::new(),
        served: Vec::new(),
    };
    let start = config.start(&mut search.memo);
    search.numbers.insert(digest(&start), 0);
    let mut level = vec![(0, start)];
    let mut depth = 0;
    let mut breach = None;
    while !level.is_empty() && breach.is_none() {
        assert!(search.came_by.len() < MOST, "{}: more than {MOST} states at depth {depth}", config.name);
        let mut next = Vec::new();
        for (number, world) in &level {
            breach = search.visit(*number, world, &mut next);
            if breach.is_some() {
                break;
            }
        }
        depth += 1;
        level = next;
    }
    let only = search.memo.mutant.and_then(|mutant| mutant.only);
    let breach = breach.or_else(|| search.dead_end(only));
    Found {
        states: search.came_by.len(),
        depth,
        situations: search.memo.situations(),
        took: began.elapsed(),
        steps: search.memo.steps,
        breach,
    }
}

impl Search<'_> {
    fn visit(&mut self, number: u32, world: &World, next: &mut Vec<(u32, World)>) -> Option<(Breach, Vec<Move>)> {
        if is_good(world, &mut self.memo) {
            self.good.push(number);
        }
        let has_sets = !self.memo.config.sets.is_empty();
        if has_sets && is_served(world, self.memo.config) {
            self.served.push(number);
        }
        let mut goes_on = false;
        let only = self.memo.mutant.and_then(|mutant| mutant.only);
        let counts = |breach: &Breach| only.is_none_or(|only| only == breach.invariant);
        for mv in moves(world, &mut self.memo) {
            let Some((mut after, breach)) = apply(world, mv, &mut self.memo) else { continue };
            let breach = breach
                .or_else(|| note_help(world, &mv, &mut after, &self.memo))
                .or_else(|| no_orphan(&after))
                .or_else(|| no_forgotten_gap(&after, &self.memo))
                .or_else(|| no_storm(world, &mv, &after, &mut self.memo))
                .filter(counts);
            if let Some(breach) = breach {
                let mut trace = self.trace(number);
                trace.push(mv);
                return Some((breach, trace));
            }
            let own = is_own(&mv, world, &after);
            let fresh = u32::try_from(self.came_by.len()).expect("fewer than 2^32 states");
            let to = *self.numbers.entry(digest(&after)).or_insert(fresh);
            if to == fresh {
                self.came_by.push((number, mv));
                next.push((fresh, after));
            }
            if to == number {
                continue;
            }
            self.edges.push((to, number));
            if own {
                goes_on = true;
                if has_sets {
                    self.own.push((to, number));
                }
            }
        }
        let breach = if goes_on { None } else { no_wasted_slot(world, &mut self.memo) };
        breach.filter(counts).map(|breach| (breach, self.trace(number)))
    }

    fn trace(&self, mut number: u32) -> Vec<Move> {
        let mut moves = Vec::new();
        while number != 0 {
            let (before, mv) = self.came_by[number as usize];
            moves.push(mv);
            number = before;
        }
        moves.reverse();
        moves
    }

    /// 6: a good state can be reached from every state. 16: without any person, so can one in which no pod is pending
    /// in vain.
    fn dead_end(&mut self, only: Option<u8>) -> Option<(Breach, Vec<Move>)> {
        let (good, edges) = (std::mem::take(&mut self.good), std::mem::take(&mut self.edges));
        if only.is_none_or(|only| only == 6)
            && let Some(lost) = self.lost(good, edges)
        {
            let what = "from here on, nothing leads to what the last spec says";
            return Some((Breach::new(6, what), self.trace(lost)));
        }
        if self.memo.config.sets.is_empty() || only.is_some_and(|only| only != 16) {
            return None;
        }
        let (served, own) = (std::mem::take(&mut self.served), std::mem::take(&mut self.own));
        let lost = self.lost(served, own)?;
        let what = "from here on, a pod waits without a profile that an ACTIVE one would take";
        Some((Breach::new(16, what), self.trace(lost)))
    }

    /// A state from which none of these can be reached.
    fn lost(&self, mut queue: Vec<u32>, mut edges: Vec<(u32, u32)>) -> Option<u32> {
        let mut hopeful = vec![false; self.came_by.len()];
        edges.sort_unstable();
        queue.iter().for_each(|good| hopeful[*good as usize] = true);
        while let Some(to) = queue.pop() {
            let first = edges.partition_point(|(other, _)| *other < to);
            for (_, from) in edges[first..].iter().take_while(|(other, _)| *other == to) {
                if !std::mem::replace(&mut hopeful[*from as usize], true) {
                    queue.push(*from);
                }
            }
        }
        // `MODEL_END=last` shows the last such state instead of the first.
        let at_the_end = std::env::var("MODEL_END").is_ok();
        let mut lost = hopeful.iter().enumerate().filter(|(_, hopeful)| !**hopeful).map(|(state, _)| state);
        let lost = if at_the_end { lost.next_back() } else { lost.next() }?;
        u32::try_from(lost).ok()
    }
}
