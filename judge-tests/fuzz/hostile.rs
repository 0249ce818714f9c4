//! A slot's process that lies, stalls or dies: this very program, which the pool executes as its launcher. What it does stands in
//! the name of the policy, which it is told first.
use assize::pool::{Config, Pool, SlotError};
use assize::sandbox::{
    End, Fault, FromZygote, IdSource, LAUNCHER, Lockdown, NoIds, Outcome, Root, RunSpec, SlotFacts, SlotSpec, Step, ToZygote, Usage,
    Without, receive, send,
};
use nix::sys::socket::{ControlMessage, MsgFlags, sendmsg};
use std::fs::File;
use std::io::{IoSlice, Read as _};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// What it does once it has been told to start, and once it has been told to run. `honest` goes on with the other.
const AT_START: [&str; 9] = ["die", "random", "empty", "ended", "failed", "twice-ready", "huge", "many-files", "cut-off"];
const AT_RUN: [&str; 9] = ["die", "random", "wrong-number", "other-facts", "ready", "failed", "many-files", "huge", "flood"];
/// These cost the whole of the pool's patience.
const STALLS: [&str; 2] = ["start stall", "run stall"];

/// Becomes the hostile process, where it was started as one.
pub fn divert() {
    if std::env::args_os().next().is_some_and(|name| name == LAUNCHER) {
        let socket = std::io::stdin();
        serve(socket.as_fd());
        std::process::exit(0);
    }
}

fn serve(socket: BorrowedFd) {
    let mut buffer = Vec::new();
    let mut what = String::new();
    while let Ok(Some((message, _fds))) = receive::<ToZygote>(socket, &mut buffer, MsgFlags::empty()) {
        match message {
            ToZygote::Start(start) => {
                what = start.slot.policy;
                match what.strip_prefix("start ") {
                    Some(what) => act(socket, what, 0),
                    None => say(socket, &ready()),
                }
            }
            ToZygote::Run(spec) => act(socket, what.strip_prefix("run ").unwrap_or("die"), spec.seq),
            _ => {}
        }
    }
}

const FACTS: SlotFacts = SlotFacts { landlock_abi: Some(7) };

const fn ready() -> FromZygote {
    FromZygote::Ready(FACTS)
}

fn ended(seq: u64) -> FromZygote {
    FromZygote::Ended { seq, outcome: Outcome { end: End::Exited(0), kill: None, usage: Usage::default() }, facts: FACTS }
}

fn say(socket: BorrowedFd, message: &FromZygote) {
    let _ = send(socket, message, &[]);
}

fn raw(socket: BorrowedFd, bytes: &[u8], fds: &[i32]) {
    let rights = [ControlMessage::ScmRights(fds)];
    let _ = sendmsg::<()>(socket.as_raw_fd(), &[IoSlice::new(bytes)], if fds.is_empty() { &[] } else { &rights }, MsgFlags::empty(), None);
}

fn act(socket: BorrowedFd, what: &str, seq: u64) {
    let bytes = postcard::to_stdvec(&ended(seq)).expect("bytes");
    let maker = nix::unistd::getppid();
    match what {
        "die" => std::process::exit(1),
        // For as long as its maker lives, that is: who killed it not has failed by then.
        "stall" => loop {
            std::thread::sleep(Duration::from_millis(100));
            if nix::unistd::getppid() != maker {
                std::process::exit(0);
            }
        },
        "random" => {
            let mut bytes = [0; 64];
            let _ = File::open("/dev/urandom").and_then(|mut f| f.read_exact(&mut bytes));
            // No message has this variant.
            bytes[0] = 0x7f;
            raw(socket, &bytes, &[]);
        }
        "empty" => raw(socket, &[], &[]),
        "ended" => say(socket, &ended(1)),
        "ready" => say(socket, &ready()),
        "failed" => say(socket, &FromZygote::Failed(Fault { step: Step::Exec, errno: i32::MIN, detail: Some("\0\u{1b}[2J".repeat(1000)) })),
        "twice-ready" => (0..2).for_each(|_| say(socket, &ready())),
        "other-facts" => {
            let FromZygote::Ended { seq, outcome, .. } = ended(seq) else { return };
            say(socket, &FromZygote::Ended { seq, outcome, facts: SlotFacts { landlock_abi: None } });
        }
        "wrong-number" => say(socket, &ended(seq + 1)),
        "huge" => raw(socket, &vec![0; 170 * 1024], &[]),
        "many-files" => raw(socket, &bytes, &[0; 50]),
        "cut-off" => raw(socket, &bytes[..bytes.len() / 2], &[]),
        "flood" => (0..10_000).for_each(|_| say(socket, &ended(u64::MAX))),
        other => panic!("{other:?}"),
    }
}

/// A spec whose policy is an order to the hostile process.
fn slot(order: &str) -> Arc<SlotSpec> {
    Arc::new(SlotSpec {
        root: Root::default(),
        policy: order.into(),
        filters: Vec::new(),
        ipc_objects: true,
        lockdown: Lockdown::default(),
    })
}

fn run_spec() -> RunSpec {
    RunSpec {
        seq: 0,
        cpu: None,
        argv: vec!["/x".into()],
        env: Vec::new(),
        cpu_us: 1000,
        wall_us: 1000,
        memory_bytes: 1 << 20,
        read_bytes: Some(1 << 20),
        disk_bytes: 1 << 20,
        stack_bytes: 1 << 20,
        processes: 1,
        open_files: 8,
        links: Vec::new(),
        directories: Vec::new(),
        keep_box: false,
        last: false,
    }
}

fn null() -> OwnedFd {
    File::options().read(true).write(true).open("/dev/null").expect("/dev/null").into()
}

async fn one(pool: &Pool, order: &str) -> Result<(), SlotError> {
    let mut lease = pool.lease(&slot(order)).await?;
    lease.run(run_spec(), &[], [null(), null(), null()]).await.map(|ran| panic!("{order}: {ran:?} was believed"))
}

/// None of it is believed, hangs the pool or leaves anything: an error, and the slot is thrown away.
pub fn pool_holds(rounds: usize) -> Result<(), String> {
    let orders: Vec<String> = AT_START.iter().map(|o| format!("start {o}")).chain(AT_RUN.iter().map(|o| format!("run {o}"))).collect();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().map_err(|e| e.to_string())?;
    let descriptors = || std::fs::read_dir("/proc/self/fd").expect("proc").count();
    let config = Config {
        workers: 4,
        ids: IdSource::Self_ { missing: NoIds::Tools },
        subtree: None,
        cpu_quota_us: None,
        cpus: Vec::new(),
        without: Without::default(),
        ahead: None,
    };
    let result = runtime.block_on(async {
        let pool = Pool::new(config);
        // What is made once.
        let _ = one(&pool, "start die").await;
        let before = descriptors();
        let began = Instant::now();
        let stalls = STALLS.map(|order| {
            let pool = pool.clone();
            tokio::spawn(async move { one(&pool, order).await })
        });
        for _ in 0..rounds {
            for order in &orders {
                let asked = Instant::now();
                match one(&pool, order).await {
                    Err(SlotError::Stalled) => return Err(format!("{order}: took for a stall")),
                    Err(_) if asked.elapsed() > Duration::from_secs(15) => return Err(format!("{order}: took {:?}", asked.elapsed())),
                    Err(_) => {}
                    Ok(()) => return Err(format!("{order}: no error")),
                }
            }
        }
        for stall in stalls {
            match stall.await {
                Ok(Err(SlotError::Stalled)) if began.elapsed() < Duration::from_mins(2) => {}
                other => return Err(format!("a stall: {other:?} after {:?}", began.elapsed())),
            }
        }
        let runs = u64::try_from(AT_RUN.len() * rounds + 1).expect("few");
        let suspect = pool.stats().suspect.load(Ordering::Relaxed);
        pool.close().await;
        if suspect < runs {
            return Err(format!("{runs} slots were broken, and {suspect} found suspect"));
        }
        // Whatever was sent with a message that nobody believed is closed again.
        if descriptors() > before { Err(format!("{before} descriptors before, {} after", descriptors())) } else { Ok(()) }
    });
    runtime.shutdown_timeout(Duration::from_secs(5));
    result
}
