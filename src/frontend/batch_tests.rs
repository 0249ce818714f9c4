use super::super::stop::Reason;
use super::*;
use crate::model::{GroupReport, LimitsRequest, Response, SandboxReport, Verdict};
use serde_json::Value;
use std::sync::atomic::AtomicUsize;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader, DuplexStream, Lines};

/// Does what the request's `args` say: `sleep MS`, `hang` (until cancelled), `deaf` (for ever), `ie`, `panic`, `big`.
#[derive(Default)]
struct Fake {
    started: AtomicUsize,
    now: AtomicUsize,
    most: AtomicUsize,
}

impl Judge for Fake {
    async fn judge(
        &self,
        index: u64,
        request: Request,
        cancel: CancellationToken,
        events: Option<mpsc::Sender<Event>>,
    ) -> Result<Response, ErrorReport> {
        self.started.fetch_add(1, Ordering::SeqCst);
        self.most.fetch_max(self.now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        let mut response = response(index, &request);
        if let Some(events) = events {
            for _ in 0..3 {
                let group = GroupReport { id: "g".into(), verdict: Verdict::Ac, points: 0.0, max_points: 0.0 };
                let _ = events.send(Event::Group { group }).await;
            }
        }
        let result = match request.args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
            ["sleep", ms] => {
                tokio::time::sleep(Duration::from_millis(ms.parse().unwrap())).await;
                Ok(response)
            }
            ["hang"] => {
                cancel.cancelled().await;
                Err(cancelled("as told"))
            }
            ["deaf"] => std::future::pending().await,
            ["ie"] => {
                response.verdict = Verdict::Ie;
                Ok(response)
            }
            ["big"] => {
                response.sandbox.seccomp = "x".repeat(3_000_000);
                Ok(response)
            }
            ["panic"] => panic!("as told"),
            _ => Ok(response),
        };
        self.now.fetch_sub(1, Ordering::SeqCst);
        result
    }
}

fn response(index: u64, request: &Request) -> Response {
    Response {
        schema: 1,
        index,
        id: request.id.clone(),
        labels: request.labels.clone(),
        verdict: Verdict::Ac,
        points: 0.0,
        max_points: 0.0,
        cpu_time_ms: 0.0,
        wall_time_ms: 0.0,
        memory_bytes: 0,
        limits: LimitsRequest::default().resolve(),
        compile: None,
        tests: vec![],
        groups: vec![],
        sandbox: SandboxReport {
            limits: "rlimit".into(),
            landlock_abi: None,
            seccomp: "default".into(),
            uid_map: "self".into(),
            cpus: None,
        },
    }
}

fn request(id: &str, args: &[&str]) -> String {
    serde_json::json!({"id": id, "language": "c17", "source": "", "args": args}).to_string() + "\n"
}

/// A batch with both ends in hand.
struct Running {
    judge: Arc<Fake>,
    stop: Stop,
    input: DuplexStream,
    output: Lines<BufReader<DuplexStream>>,
    batch: task::JoinHandle<Tally>,
}

fn start(options: BatchOptions) -> Running {
    let judge = Arc::new(Fake::default());
    let (input, far) = tokio::io::duplex(1024);
    let (near, output) = tokio::io::duplex(1024);
    let stop = Stop::default();
    let (j, s) = (judge.clone(), stop.clone());
    let batch = tokio::spawn(async move {
        let inputs = Inputs::from_reader(far, options.max_request_bytes);
        run_batch(j, inputs, near, s, Arc::new(Live::default()), &options).await
    });
    Running { judge, stop, input, output: BufReader::new(output).lines(), batch }
}

impl Running {
    async fn put(&mut self, text: &str) {
        self.input.write_all(text.as_bytes()).await.unwrap();
    }

    async fn line(&mut self) -> Value {
        let line = tokio::time::timeout(Duration::from_secs(10), self.output.next_line()).await.expect("a line within 10 s");
        serde_json::from_str(&line.unwrap().expect("one more line")).unwrap()
    }

    /// Ends the input; the lines that were left, and what it came to.
    async fn end(mut self) -> (Vec<Value>, Tally) {
        drop(self.input);
        let mut lines = Vec::new();
        while let Some(line) = self.output.next_line().await.unwrap() {
            lines.push(serde_json::from_str(&line).unwrap());
        }
        (lines, self.batch.await.unwrap())
    }
}

/// The whole batch at once.
async fn judged(input: &str, options: BatchOptions) -> (Vec<Value>, Tally, Arc<Fake>) {
    let judge = Arc::new(Fake::default());
    let (near, mut output) = tokio::io::duplex(1 << 16);
    let inputs = Inputs::from_reader(std::io::Cursor::new(input.to_owned()), options.max_request_bytes);
    let j = judge.clone();
    let batch = tokio::spawn(async move { run_batch(j, inputs, near, Stop::default(), Arc::new(Live::default()), &options).await });
    let mut text = String::new();
    output.read_to_string(&mut text).await.unwrap();
    (text.lines().map(|l| serde_json::from_str(l).unwrap()).collect(), batch.await.unwrap(), judge)
}

fn options() -> BatchOptions {
    BatchOptions { quiet: true, ..BatchOptions::default() }
}

fn indices(lines: &[Value]) -> Vec<u64> {
    lines.iter().map(|l| l["index"].as_u64().unwrap()).collect()
}

#[tokio::test]
async fn answers_come_as_they_finish_or_in_order() {
    let input = request("a", &["sleep", "200"]) + "{]\n" + &request("b", &["sleep", "50"]) + "7\n" + &request("c", &[]);
    let (lines, tally, _) = judged(&input, options()).await;
    assert_eq!(lines.last().unwrap()["id"], "a");
    assert_eq!((tally.answered(), tally.exit_status()), (5, 1));
    let (lines, ..) = judged(&input, BatchOptions { ordered: true, window: 2, ..options() }).await;
    assert_eq!(indices(&lines), [0, 1, 2, 3, 4]);
    assert_eq!(lines[1]["error"]["kind"], "invalid_json");
    assert_eq!(lines[3]["error"]["kind"], "invalid_request");
    assert_eq!(lines[4]["verdict"], "AC");
}

#[tokio::test]
async fn every_line_has_exactly_one_of_its_three_kinds_and_events_come_first() {
    let input = request("a", &["sleep", "20"]) + &request("b", &[]) + "nonsense\n";
    let (lines, tally, _) = judged(&input, BatchOptions { events: true, ..options() }).await;
    for line in &lines {
        assert_eq!(["verdict", "error", "event"].iter().filter(|k| line.get(k).is_some()).count(), 1, "{line}");
    }
    for id in ["a", "b"] {
        let mine: Vec<_> = lines.iter().filter(|l| l["id"] == id).map(|l| l.get("event").is_some()).collect();
        assert_eq!(mine, [true, true, true, false], "{id}");
    }
    assert_eq!(tally.answered(), 3);
}

#[tokio::test]
async fn the_exit_status_tells_the_gravest_fault() {
    for (input, status) in [
        (String::new(), 0),
        (request("a", &[]), 0),
        (request("a", &[]) + "{", 1),
        (request("a", &["ie"]) + "{", 3),
        (request("a", &["panic"]) + &request("b", &[]), 3),
    ] {
        assert_eq!(judged(&input, options()).await.1.exit_status(), status, "{input}");
    }
}

#[tokio::test]
async fn reading_stops_while_the_window_is_full() {
    let mut batch = start(BatchOptions { window: 3, ahead: 5, ..options() });
    // The pipe holds 1024 bytes: what is accepted beyond that was read.
    let line = request("h", &["hang"]);
    let mut accepted = 0;
    while let Ok(sent) = tokio::time::timeout(Duration::from_millis(300), batch.input.write_all(line.as_bytes())).await {
        sent.unwrap();
        accepted += 1;
        assert!(accepted < 5000, "nothing holds it back");
    }
    assert_eq!(batch.judge.started.load(Ordering::SeqCst), 3);
    // Up to one chunk of bytes (not of values) may be in the framer's buffer.
    assert!(accepted <= 3 + 5 + ((64 << 10) + 1024) / line.len() + 1, "{accepted} were accepted");
    batch.stop.stop(Reason::Signal(2));
    let (lines, tally) = batch.end().await;
    assert_eq!((lines.len(), tally.exit_status()), (8, 130));
    assert!(lines.iter().all(|l| l["error"]["kind"] == "cancelled"));
}

#[tokio::test]
async fn a_slow_reader_of_the_output_holds_the_judge_back() {
    let judge = Arc::new(Fake::default());
    let (near, output) = tokio::io::duplex(1024);
    let input: String = (0..2000).map(|i| request(&i.to_string(), &[])).collect();
    let (inputs, j) = (Inputs::from_reader(std::io::Cursor::new(input), 1 << 20), judge.clone());
    let opts = BatchOptions { window: 8, ..options() };
    let batch = tokio::spawn(async move { run_batch(j, inputs, near, Stop::default(), Arc::new(Live::default()), &opts).await });
    tokio::time::sleep(Duration::from_millis(300)).await;
    let started = judge.started.load(Ordering::SeqCst);
    assert!(started <= 1024 / 100 + 2 * 8, "{started} requests were judged though nobody read the answers");
    let mut lines = BufReader::new(output).lines();
    let mut n = 0;
    while lines.next_line().await.unwrap().is_some() {
        n += 1;
    }
    assert_eq!((n, batch.await.unwrap().exit_status()), (2000, 0));
    assert!(judge.most.load(Ordering::SeqCst) <= 8);
}

#[tokio::test]
async fn a_cancel_does_not_wait_for_the_window() {
    for ordered in [false, true] {
        let mut batch = start(BatchOptions { window: 2, ordered, ..options() });
        for (id, args) in [("a", "hang"), ("b", "hang"), ("c", "hang"), ("d", "now"), ("a", "now")] {
            batch.put(&request(id, &[args])).await;
        }
        batch.put("{\"cancel\": \"nobody\"}\n{\"cancel\": \"c\"}\n{\"cancel\": \"a\"}\n").await;
        batch.put("{\"cancel\": \"b\"}\n").await;
        let (lines, tally) = batch.end().await;
        let kinds: std::collections::BTreeMap<_, _> =
            lines.iter().map(|l| (l["index"].as_u64().unwrap(), l["error"]["kind"].as_str().unwrap_or("judged"))).collect();
        // The second `a` was read ahead, so it is cancelled too.
        let expected = [(0, "cancelled"), (1, "cancelled"), (2, "cancelled"), (3, "judged"), (4, "cancelled")];
        assert_eq!(kinds.into_iter().collect::<Vec<_>>(), expected, "ordered: {ordered}");
        if ordered {
            assert_eq!(indices(&lines), [0, 1, 2, 3, 4]);
        }
        assert_eq!(tally.exit_status(), 0, "what the caller cancelled is no fault");
    }
}

#[tokio::test]
async fn answers_are_not_held_until_the_input_ends() {
    let mut batch = start(options());
    for id in ["a", "b"] {
        batch.put(&request(id, &[])).await;
        assert_eq!(batch.line().await["id"], id);
    }
    batch.put(request("c", &[]).trim_end()).await;
    assert_eq!(batch.line().await["id"], "c", "no line end is needed");
}

#[tokio::test]
async fn closed_output_ends_the_batch() {
    let mut batch = start(options());
    drop(batch.output);
    batch.input.write_all((request("a", &[]) + &request("b", &["hang"])).as_bytes()).await.unwrap();
    let tally = tokio::time::timeout(Duration::from_secs(2), batch.batch).await.expect("promptly").unwrap();
    assert_eq!(tally.exit_status(), 1);
}

#[tokio::test]
async fn an_interrupt_is_obeyed_though_the_judge_and_the_reader_are_stuck() {
    let mut batch = start(BatchOptions { window: 1, ..options() });
    batch.put(&request("a", &["deaf"])).await;
    batch.put(&request("b", &[])).await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    let begin = Instant::now();
    batch.stop.stop(Reason::Signal(15));
    let (lines, tally) = batch.end().await;
    assert_eq!((lines.len(), tally.exit_status()), (2, 143));
    assert!(begin.elapsed() < Duration::from_secs(2));

    let mut batch = start(options());
    batch.put(&request("a", &["big"])).await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    batch.stop.stop(Reason::Signal(15));
    let tally = tokio::time::timeout(Duration::from_secs(2), batch.batch).await.expect("nobody reads, and it ends").unwrap();
    assert_eq!(tally.exit_status(), 143);
}

#[tokio::test]
async fn large_answers_are_whole_lines() {
    let input: String = (0..6).map(|i| request(&i.to_string(), &[if i % 2 == 0 { "big" } else { "now" }])).collect();
    let (lines, ..) = judged(&input, options()).await;
    assert_eq!(lines.len(), 6);
}

#[tokio::test]
async fn what_is_wrong_with_one_request_leaves_the_next_alone() {
    // Attacks 92 to 99 of the corpus, as far as reading goes.
    let deep = format!("{{\"labels\":{{\"x\":{}{}}}}}", "[".repeat(100_000), "]".repeat(100_000));
    let wide = format!(r#"{{"language":"c17","source":"{}"}}"#, "x".repeat(200_010));
    let tests = format!(r#"{{"language":"c17","source":"","tests":[{}]}}"#, vec!["{}"; 20_000].join(","));
    let faults: [(&[u8], &str); 11] = [
        (br#"{"id":"t","lang"#, "invalid_json"),
        (deep.as_bytes(), "invalid_json"),
        (br#"{"language":"c17","source":"","limits":{"memory_bytes":18446744073709551616}}"#, "invalid_request"),
        (br#"{"language":"c17","source":"","limits":{"cpu_time_ms":NaN}}"#, "invalid_json"),
        (br#"{"language":"c17","source":"","limits":{"cpu_time_ms":-1}}"#, "invalid_request"),
        (br#"{"language":"c17","language":"c17","source":""}"#, "invalid_request"),
        (b"{\"language\":\"c17\",\"source\":\"\xff\"}", "invalid_json"),
        (br#"{"language":"c17","source":"\ud800"}"#, "invalid_json"),
        (br#"{"language":"c17","files":{"../x":""}}"#, "invalid_request"),
        (br#"{"language":"c17","files":{"a":"","a/b":""}}"#, "invalid_request"),
        (wide.as_bytes(), "too_large"),
    ];
    let mut input = Vec::new();
    for (bytes, _) in faults {
        input.extend_from_slice(bytes);
        input.push(b'\n');
        input.extend_from_slice(request("good", &[]).as_bytes());
    }
    input.extend_from_slice(tests.as_bytes());
    let inputs = Inputs::from_reader(std::io::Cursor::new(input), deep.len() - 1);
    let (near, mut output) = tokio::io::duplex(1 << 16);
    let opts = BatchOptions { ordered: true, ..options() };
    let batch =
        tokio::spawn(
            async move { run_batch(Arc::new(Fake::default()), inputs, near, Stop::default(), Arc::new(Live::default()), &opts).await },
        );
    let mut text = String::new();
    output.read_to_string(&mut text).await.unwrap();
    batch.await.unwrap();
    let lines: Vec<Value> = text.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    for (pair, (bytes, kind)) in lines.chunks(2).zip(faults) {
        let shown = String::from_utf8_lossy(&bytes[..bytes.len().min(80)]);
        // The deep one is just too large here as well; alone it is told by serde.
        let kind = if bytes == deep.as_bytes() { "too_large" } else { kind };
        assert_eq!(pair[0]["error"]["kind"], kind, "{shown}: {}", pair[0]);
        assert_eq!(pair[1]["verdict"], "AC", "{shown}");
    }
    assert_eq!(lines.len(), 2 * faults.len() + 1);
    let (lines, ..) = judged(&deep, options()).await;
    assert_eq!(lines[0]["error"]["kind"], "invalid_json");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_thousand_lines_go_through() {
    let take = async |n: usize, ordered| {
        let input: String = (0..n).map(|i| request(&i.to_string(), &[])).collect();
        let start = Instant::now();
        let (lines, tally, judge) = judged(&input, BatchOptions { ordered, window: 8, ..options() }).await;
        assert_eq!((lines.len(), tally.exit_status()), (n, 0));
        assert!(judge.most.load(Ordering::SeqCst) <= 8);
        if ordered {
            assert!(indices(&lines).into_iter().eq(0..n as u64));
        }
        start.elapsed()
    };
    for (n, ordered) in [(20_000, false), (100_000, true)] {
        let (before, large, after) = (take(n / 10, ordered).await, take(n, ordered).await, take(n / 10, ordered).await);
        // What else the machine does may change in between.
        let small = before.max(after);
        assert!(large < small * 30 + Duration::from_secs(5), "{small:?} for a tenth, {large:?} for {n} lines");
    }
}

#[test]
fn any_mix_is_answered_once_each_and_in_order() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let requests = proptest::collection::vec((0_u8..4, 0_u64..6), 0..30);
    let mut runner = proptest::test_runner::TestRunner::default();
    runner
        .run(&(requests, 1_usize..5, 1_usize..4), |(requests, window, ahead)| {
            let input: String = requests
                .iter()
                .map(|(kind, ms)| match kind {
                    0 => "{]\n".to_owned(),
                    1 => format!("{{\"cancel\": \"{ms}\"}}\n"),
                    _ => request(&ms.to_string(), &["sleep", &ms.to_string()]),
                })
                .collect();
            let expected = requests.iter().filter(|(kind, _)| *kind != 1).count();
            let (lines, ..) = runtime.block_on(judged(&input, BatchOptions { ordered: true, window, ahead, ..options() }));
            assert!(indices(&lines).into_iter().eq(0..expected as u64), "{lines:?}");
            Ok(())
        })
        .unwrap();
}
