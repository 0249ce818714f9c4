//! One run: the floor, and the same program in the sandbox.
use super::Options;
use super::floor::{Bare, Noop};
use super::report::{Row, Series, hundredth};
use super::sandboxed::Sandbox;
use anyhow::Context as _;
use std::sync::Arc;
use std::time::Instant;
use tokio::task::JoinSet;

/// Runs between two changes of subject: a burst of noise on the host hits all of them.
pub const BLOCK: usize = 50;

pub const ROWS: [&str; 6] = ["bare_floor", "floor", "spawn", "one_slot", "busy", "judged"];

pub fn measure(options: &Options) -> anyhow::Result<Vec<Row>> {
    let noop = Noop::new().context("failed to make the no-op program")?;
    let bare = Bare::new().context("failed to make the bare floor's program")?;
    // One thread of ours drives them: with more workers it would be what is measured.
    let workers = std::thread::available_parallelism().map_or(1, std::num::NonZero::get).min(2);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let (pool, single) = (Arc::new(Sandbox::new(Noop::bytes(), workers)?), Sandbox::new(Noop::bytes(), 1)?);
        pool.warm().await?;
        let [mut barest, mut floor, mut spawn, mut one_slot, mut busy, mut judged] = [const { Series::new() }; 6];
        // Warm: the slots stand, page caches are filled.
        for _ in 0..BLOCK {
            noop.run()?;
            pool.spawn().await?;
            single.spawn().await?;
            pool.judged().await?;
        }
        for _ in 0..options.runs.div_ceil(BLOCK) {
            bare.run(&noop, BLOCK)?.into_iter().for_each(|us| barest.add_us(us));
            for _ in 0..BLOCK {
                let began = Instant::now();
                noop.run()?;
                floor.add(began.elapsed());
            }
            for _ in 0..BLOCK {
                let began = Instant::now();
                pool.spawn().await?;
                spawn.add(began.elapsed());
            }
            for _ in 0..BLOCK {
                let began = Instant::now();
                single.spawn().await?;
                one_slot.add(began.elapsed());
            }
            let began = Instant::now();
            saturate(&pool, workers, None).await?;
            // As many workers as callers, each with a block.
            busy.add(began.elapsed() / u32::try_from(BLOCK)?);
            for _ in 0..BLOCK {
                let began = Instant::now();
                pool.judged().await?;
                judged.add(began.elapsed());
            }
        }
        pool.close().await;
        single.close().await;
        let (base, bare) = (floor.base("floor"), hundredth(spawn.p50() / barest.p50()));
        Ok(vec![
            barest.row("bare_floor", base, "vfork, execve and wait4 of a static no-op, by a C program that does nothing else"),
            floor.row("floor", None, "posix_spawn and wait of the same, from this program, without any isolation"),
            spawn
                .row("spawn", base, format!("the same in the sandbox, a call after the other; a pool of {workers} slots"))
                .with("ratio_to_bare_floor", bare),
            one_slot.row("one_slot", base, "likewise, a pool of one slot: it makes ready for the next run in between"),
            busy.row("busy", base, format!("{workers} calls at a time; a value is the mean of {BLOCK} runs each: wall time ÷ {BLOCK}")),
            judged.row("judged", base, "spawn, and: three pipes, both streams read, a file put into the box, a verdict"),
        ])
    })
}

/// `workers` callers at a time, each a block of runs, with this input if there is one.
pub async fn saturate(pool: &Arc<Sandbox>, workers: usize, input: Option<&'static [u8]>) -> anyhow::Result<()> {
    let mut callers = JoinSet::new();
    for _ in 0..workers {
        let pool = pool.clone();
        callers.spawn(async move {
            for _ in 0..BLOCK {
                match input {
                    Some(input) => drop(pool.ask(input).await?),
                    None => pool.spawn().await?,
                }
            }
            anyhow::Ok(())
        });
    }
    while let Some(caller) = callers.join_next().await {
        caller??;
    }
    Ok(())
}
