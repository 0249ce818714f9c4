use assize::pool::*;
use assize::sandbox::*;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::Instant;
fn main() {
    assize::sandbox::divert();
    let rt = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    rt.block_on(async {
        let pool = Pool::new(Config { workers: 1, ids: IdSource::detect(), subtree: None, cpus: vec![], without: Without::default() });
        let spec = Arc::new(SlotSpec {
            mounts: vec![Mount { source: "/usr".into(), target: "/usr".into() }],
            symlinks: vec![("usr/bin".into(), "/bin".into()), ("usr/lib".into(), "/lib".into()), ("usr/lib64".into(), "/lib64".into())],
            policy: "x".into(),
            filters: vec![],
            lockdown: Lockdown { kill: vec![165, 166, 155, 308, 428, 429, 430, 431, 432, 433, 442], errno: vec![272, 435, 444, 445, 446] },
        });
        let args: Vec<String> = std::env::args().skip(1).filter(|a| a != "--bench").collect();
        let null = || OwnedFd::from(std::fs::File::options().read(true).write(true).open("/dev/null").unwrap());
        let n = if args.is_empty() { 2000 } else { 1 };
        let exe = std::fs::read("/tmp/noop").unwrap();
        let app = App {
            key: 1,
            bytes: 1 << 24,
            files: vec![PutFile { name: "main".into(), executable: true, content: FileSource::Bytes(exe.into()) }],
        };
        let argv = if args.is_empty() { vec!["/app/main".to_string()] } else { args };
        let mut t = vec![];
        for _ in 0..n {
            let a = Instant::now();
            let mut lease = pool.lease(&spec).await.unwrap();
            lease.load(&app).await.unwrap();
            let run = RunSpec {
                seq: 0,
                cpu: None,
                argv: argv.clone(),
                env: vec!["PATH=/usr/bin".into()],
                cpu_us: 1_000_000,
                wall_us: 3_000_000,
                memory_bytes: 256 << 20,
                disk_bytes: 64 << 20,
                stack_bytes: 64 << 20,
                processes: 64,
                open_files: 64,
                links: vec![],
                keep_box: false,
            };
            let err = OwnedFd::from(std::io::Write::by_ref(&mut std::io::stderr()).as_fd_owned());
            let out = lease.run(run, &[], [null(), if n == 1 { err.try_clone().unwrap() } else { null() }, err]).await;
            if n == 1 {
                println!("{out:?}");
            } else {
                out.unwrap();
            }
            t.push(a.elapsed());
        }
        t.sort();
        println!("p50 {:?} p99 {:?}", t[t.len() / 2], t[t.len() * 99 / 100]);
        let mut f = vec![];
        for _ in 0..n {
            let a = Instant::now();
            std::process::Command::new("/tmp/noop").status().unwrap();
            f.push(a.elapsed());
        }
        f.sort();
        println!("floor p50 {:?}", f[f.len() / 2]);
        pool.close().await;
    });
}
trait O {
    fn as_fd_owned(&self) -> OwnedFd;
}
impl O for std::io::Stderr {
    fn as_fd_owned(&self) -> OwnedFd {
        use std::os::fd::AsFd;
        self.as_fd().try_clone_to_owned().unwrap()
    }
}
