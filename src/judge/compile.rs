//! A program becomes an [`App`]: its sources as they are, with what compiling makes of them.
//!
//! What is compiled runs in a slot and under limits of its own. Only success is cached: a failure may have been the
//! host's.
use super::cache::{Artifact, BuildLock, Key};
use super::collect;
use super::content::{Sources, host, internal, invalid};
use super::decide::{CompileEvidence, decide_compile};
use super::execute::{Executed, Input, Keep, Sinks, execute, ignore};
use super::{Judge, spec};
use crate::model::{BoxName, Captured, CompileReport, ErrorKind, ErrorReport, LimitsRequest, Verdict};
use crate::pool::{App, FileSource, PutFile, SlotError, fits, memory_file};
use crate::profile::{CompilePlan, Language, Layout, Program, Unavailable};
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::OwnedFd;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

/// How much of a compiler's output comes back.
const KEEP: Keep = Keep { stdout: 16 << 10, stderr: 64 << 10 };

/// A program, ready or not.
#[derive(Debug)]
pub(super) struct Compiled {
    /// None: it did not compile; the report says why.
    pub app: Option<App>,
    /// None: there was nothing to compile.
    pub report: Option<CompileReport>,
    pub layout: Layout,
    /// Top-level names of the sources: the box has a link to each.
    pub links: Vec<String>,
}

/// What is asked for.
pub(super) struct Asked<'a> {
    pub entry_point: Option<&'a str>,
    pub args: &'a [String],
    pub limits: LimitsRequest,
}

/// What of a compilation is kept beside its products.
#[derive(Debug, Serialize, Deserialize)]
struct Meta {
    cpu_time_ms: f64,
    wall_time_ms: f64,
    memory_bytes: u64,
    stdout: Vec<u8>,
    stdout_truncated: bool,
    stderr: Vec<u8>,
    stderr_truncated: bool,
    version: String,
}

impl Meta {
    fn report(self, verdict: Verdict, cached: bool) -> CompileReport {
        CompileReport {
            verdict,
            cached,
            cpu_time_ms: self.cpu_time_ms,
            wall_time_ms: self.wall_time_ms,
            memory_bytes: self.memory_bytes,
            exit_code: Some(0),
            signal: None,
            stdout: Captured(self.stdout),
            stdout_truncated: self.stdout_truncated,
            stderr: Captured(self.stderr),
            stderr_truncated: self.stderr_truncated,
            version: self.version,
            judge_message: String::new(),
        }
    }
}

pub(super) fn unavailable(e: &Unavailable) -> ErrorReport {
    ErrorReport { kind: ErrorKind::Unavailable, path: "language".into(), message: e.to_string() }
}

impl Judge {
    pub(super) async fn compile(&self, language: &Arc<Language>, sources: &Sources, asked: &Asked<'_>) -> Result<Compiled, ErrorReport> {
        let files: Vec<(&BoxName, &[u8])> = sources.files.iter().map(|(n, b)| (n, &**b)).collect();
        let program =
            Program { source: sources.source.as_deref(), files: &files, entry_point: asked.entry_point, compile_args: asked.args };
        let layout = language.layout(&program).map_err(|e| invalid(e.path, e.message))?;
        let links = {
            let mut tops: Vec<String> = layout.files.iter().map(|f| f.name.top().to_owned()).collect();
            tops.sort_unstable();
            tops.dedup();
            tops
        };
        let own = sources_as_files(&layout, sources)?;
        let plan = if language.is_prepared() {
            language.compile_plan(&layout, asked.limits)
        } else {
            // The first use of a language looks for its tools and may prepare them: that blocks.
            let (language, layout, limits) = (language.clone(), layout.clone(), asked.limits);
            blocking(move || {
                // The run's too, while we may wait; what is wrong with it is said when it is asked for.
                let _ = language.run_plan(&layout, &[], &language.limits(LimitsRequest::default()));
                language.compile_plan(&layout, limits)
            })
            .await?
        }
        .map_err(|e| unavailable(&e))?;
        let Some(plan) = plan else {
            let app = app(content_key("app", language, &own), own);
            return Ok(Compiled { app: Some(app), report: None, layout, links });
        };
        if !fits(&plan.argv, &plan.env) {
            return Err(invalid("files", "too many or too long file names for one command; give fewer"));
        }
        let key = plan_key(language, &plan, &own);
        let (products, report) = self.products(language, &plan, &own, &key).await?;
        let app = products.map(|products| {
            let files = own.into_iter().filter(|f| !products.iter().any(|p| p.name == f.name)).chain(products.iter().cloned()).collect();
            app(key.bytes(), files)
        });
        Ok(Compiled { app, report: Some(report), layout, links })
    }

    /// From the cache, or compiled now; at most once at a time for the same key, on the whole machine.
    async fn products(
        &self,
        language: &Arc<Language>,
        plan: &CompilePlan,
        own: &[PutFile],
        key: &Key,
    ) -> Result<(Option<Vec<PutFile>>, CompileReport), ErrorReport> {
        let Some(cache) = self.cache.clone() else {
            return Box::pin(self.compile_now(language, plan, own, None)).await;
        };
        let failed = |e: &dyn std::fmt::Display| internal("compile", format!("the compile cache failed: {e} (--no-cache goes without it)"));
        if let Some(hit) = cache.recent(key).and_then(from_cache) {
            return Ok(hit);
        }
        let look = {
            let (cache, key) = (cache.clone(), *key);
            blocking(move || cache.get(&key)).await?.map_err(|e| failed(&e))?
        };
        if let Some(hit) = look.and_then(from_cache) {
            return Ok(hit);
        }
        let held = {
            let (cache, key) = (cache.clone(), *key);
            blocking(move || {
                let held = cache.lock(&key)?;
                // Somebody else may have built it while we waited.
                Ok::<_, super::cache::CacheError>((held, cache.get(&key)?))
            })
            .await?
            .map_err(|e| failed(&e))?
        };
        let (lock, again) = held;
        if let Some(hit) = again.and_then(from_cache) {
            return Ok(hit);
        }
        // On the heap: a request whose program is known need not carry room for it.
        Box::pin(self.compile_now(language, plan, own, Some((*key, lock)))).await
    }

    async fn compile_now(
        &self,
        language: &Arc<Language>,
        plan: &CompilePlan,
        own: &[PutFile],
        store: Option<(Key, BuildLock)>,
    ) -> Result<(Option<Vec<PutFile>>, CompileReport), ErrorReport> {
        let version = {
            let language = language.clone();
            blocking(move || language.toolchain().map(|t| t.version().to_owned())).await?.map_err(|e| unavailable(&e))?
        };
        let compiled = self.run_compiler(plan, own).await.and_then(|executed| {
            let found = executed.ran.files.as_ref().map_or_else(|| Ok(Vec::new()), |files| collect_products(plan, files, own));
            found.map(|found| (executed, found)).map_err(|e| host(&e))
        });
        let (outcome, stdout_bytes, stderr_bytes) = match &compiled {
            Ok((e, _)) => (Some(&e.ran.outcome), e.stdout.bytes, e.stderr.bytes),
            Err(_) => (None, 0, 0),
        };
        let product_missing = match &compiled {
            Ok((_, found)) => {
                found.is_empty() || plan.products.iter().filter_map(|p| p.file()).any(|name| !found.iter().any(|f| f.name == name))
            }
            Err(_) => true,
        };
        let evidence =
            CompileEvidence { outcome, mode: self.pool.mode(), limits: &plan.limits, stdout_bytes, stderr_bytes, product_missing };
        let decision = decide_compile(&evidence);
        let meta = compiled.as_ref().map_or_else(|_| Meta::none(&version), |(e, _)| Meta::of(e, &version));
        let judge_message = compiled.as_ref().map_or_else(Clone::clone, |_| decision.judge_message.clone());
        if decision.verdict != Verdict::Ok {
            use crate::sandbox::End;
            let end = outcome.map(|o| o.end);
            let mut report = CompileReport {
                exit_code: end.and_then(|e| if let End::Exited(code) = e { Some(code) } else { None }),
                signal: end.and_then(|e| if let End::Signaled(signal) = e { Some(signal) } else { None }),
                judge_message,
                ..meta.report(decision.verdict, false)
            };
            // A compiler that was killed says nothing of it itself.
            if report.stderr.0.is_empty() && decision.verdict != Verdict::Ie {
                report.stderr = Captured(decision.message.into_bytes());
            }
            return Ok((None, report));
        }
        let mut products = compiled.map(|(_, found)| found).unwrap_or_default();
        if let (Some((key, lock)), Some(cache)) = (store, self.cache.clone()) {
            let files = products.clone();
            let bytes = postcard::to_stdvec(&meta).map_err(|e| internal("compile", e))?;
            let stored = blocking(move || {
                let stored = cache.put(&key, &bytes, files.into_iter().map(PutFile::for_cache));
                drop(lock);
                stored
            })
            .await?;
            match stored {
                Ok(artifact) => products = artifact_files(artifact),
                // The program is there all the same; only the next one will be compiled again.
                Err(e) => tracing::warn!("the compile cache could not keep a program: {e}"),
            }
        }
        Ok((Some(products), meta.report(Verdict::Ok, false)))
    }

    async fn run_compiler(&self, plan: &CompilePlan, own: &[PutFile]) -> Result<Executed, String> {
        let executed = self.try_compiler(plan, own).await.map_err(|e| e.to_string())?;
        spec::ours_to_execute(&plan.argv, &executed.ran)?;
        Ok(executed)
    }

    async fn try_compiler(&self, plan: &CompilePlan, own: &[PutFile]) -> Result<Executed, SlotError> {
        let mut lease = self.pool.lease(&plan.slot).await?;
        let run = spec::for_run(plan.argv.clone(), plan.env.clone(), &plan.limits, Vec::new(), true);
        let input = Input { spec: run, files: own, stdin: memory_file(&[], true)?, stdout: None };
        execute(&mut lease, input, &plan.limits, KEEP, Sinks { stdout: ignore, stderr: ignore }).await
    }
}

/// Files that a compiler may make. A Java program of a thousand classes is none that a person wrote.
const MOST_PRODUCTS: usize = 1000;

/// Runs what blocks beside the runtime's own threads.
pub(super) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, ErrorReport> {
    tokio::task::spawn_blocking(work).await.map_err(|e| internal("", e))
}

fn app(key: [u8; 32], files: Vec<PutFile>) -> App {
    // Each file takes whole pages.
    let bytes = files.iter().map(|f| f.size().unwrap_or(0) + 4096).sum();
    App { key, bytes, files }
}

fn sources_as_files(layout: &Layout, sources: &Sources) -> Result<Vec<PutFile>, ErrorReport> {
    let file = |placed: &crate::profile::Placed| {
        let bytes = sources.of(&placed.from).ok_or_else(|| internal("files", "a file of the program is missing"))?;
        // Executable, so that a script may be run by its name.
        Ok(PutFile { name: placed.name.as_str().to_owned(), executable: true, content: FileSource::Bytes(bytes.clone()) })
    };
    layout.files.iter().map(file).collect()
}

fn content_key(domain: &str, language: &Language, files: &[PutFile]) -> [u8; 32] {
    files.iter().fold(Key::builder(domain).part(language.id()), add_file).finish().bytes()
}

fn add_file(key: super::cache::KeyBuilder, file: &PutFile) -> super::cache::KeyBuilder {
    let key = key.part(&file.name);
    match &file.content {
        FileSource::Bytes(bytes) => key.part(bytes),
        FileSource::File(_) => key.part(b""),
    }
}

/// Everything that decides what the compiler makes: sources, command, environment, and the tools themselves.
fn plan_key(language: &Language, plan: &CompilePlan, own: &[PutFile]) -> Key {
    let identity = language.toolchain().map(crate::profile::Toolchain::identity).unwrap_or_default();
    let key = Key::builder("compile 1").part(language.id()).part(identity).parts(&plan.argv).parts(&plan.env);
    let products: Vec<String> = plan.products.iter().map(|p| format!("{p:?}")).collect();
    own.iter().fold(key.parts(&products), add_file).finish()
}

type Hit = (Option<Vec<PutFile>>, CompileReport);

fn from_cache(artifact: Artifact) -> Option<Hit> {
    let meta: Meta = postcard::from_bytes(&artifact.meta).ok()?;
    Some((Some(artifact_files(artifact)), meta.report(Verdict::Ok, true)))
}

fn artifact_files(artifact: Artifact) -> Vec<PutFile> {
    let file = |f: super::cache::ArtifactFile| PutFile {
        name: f.name.as_str().to_owned(),
        executable: f.executable,
        content: FileSource::File(f.file),
    };
    artifact.files.into_iter().map(file).collect()
}

/// What the profile says comes out of compiling, and only files that the compiler made. Nothing, where there is far too much.
fn collect_products(plan: &CompilePlan, files: &OwnedFd, own: &[PutFile]) -> io::Result<Vec<PutFile>> {
    let named = plan.products.iter().filter_map(|p| p.file()).filter_map(|n| BoxName::new(n).ok());
    let mut names: Vec<BoxName> = named.collect();
    if plan.products.iter().any(|p| p.file().is_none()) {
        let Some(all) = collect::list(files)? else { return Ok(Vec::new()) };
        names.extend(all.into_iter().filter(|n| plan.products.iter().any(|p| p.matches(n))));
    }
    names.sort();
    names.dedup();
    names.retain(|n| !own.iter().any(|f| f.name == n.as_str()));
    if names.len() > MOST_PRODUCTS {
        return Ok(Vec::new());
    }
    let mut products = Vec::new();
    for name in names {
        let Some(found) = collect::open(files, &name)? else { continue };
        products.push(PutFile {
            name: name.as_str().to_owned(),
            executable: found.executable,
            content: FileSource::File(Arc::new(found.file)),
        });
    }
    // A file with holes is larger than what it took on the compiler's disk, and is written out in full.
    let mut total = 0_u64;
    for product in &products {
        total = total.saturating_add(product.size()?);
    }
    Ok(if total > plan.limits.disk_bytes { Vec::new() } else { products })
}

impl Meta {
    fn none(version: &str) -> Self {
        Self {
            cpu_time_ms: 0.0,
            wall_time_ms: 0.0,
            memory_bytes: 0,
            stdout: Vec::new(),
            stdout_truncated: false,
            stderr: Vec::new(),
            stderr_truncated: false,
            version: version.to_owned(),
        }
    }

    fn of(executed: &Executed, version: &str) -> Self {
        let usage = &executed.ran.outcome.usage;
        Self {
            cpu_time_ms: spec::ms(usage.cpu_us()),
            wall_time_ms: spec::ms(usage.wall_us),
            memory_bytes: usage.memory_bytes,
            stdout: executed.stdout.head.clone(),
            stdout_truncated: executed.stdout.truncated(),
            stderr: executed.stderr.head.clone(),
            stderr_truncated: executed.stderr.truncated(),
            version: version.to_owned(),
        }
    }
}

impl PutFile {
    /// As the cache takes it.
    fn for_cache(self) -> io::Result<(BoxName, bool, Box<dyn Read>)> {
        let name = BoxName::new(&self.name).map_err(io::Error::other)?;
        let content: Box<dyn Read> = match self.content {
            FileSource::Bytes(bytes) => Box::new(io::Cursor::new(bytes)),
            FileSource::File(file) => Box::new(FromStart { file, at: 0 }),
        };
        Ok((name, self.executable, content))
    }

    pub(super) fn size(&self) -> io::Result<u64> {
        match &self.content {
            FileSource::Bytes(bytes) => Ok(bytes.len() as u64),
            FileSource::File(file) => Ok(file.metadata()?.len()),
        }
    }
}

/// Reads an open file by explicit offsets: its own may be anywhere.
struct FromStart {
    file: Arc<File>,
    at: u64,
}

impl Read for FromStart {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.file.read_at(buffer, self.at)?;
        self.at += n as u64;
        Ok(n)
    }
}
