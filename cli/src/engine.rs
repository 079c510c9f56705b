//! Which engine a run asks: a live one, found as the docker command finds it, a recording, or the sample.
//! It must not know tables.

use std::fs::File;
use std::io::{BufRead, BufReader, Cursor, Write as _};
use std::path::Path;

use steampipe_plugin_docker::docker::{
    ATTRIBUTES, Config, Docker, Environment, Recorder, Recording,
};
use steampipe_plugin_docker::sdk;
use steampipe_plugin_docker::sdk::config::Settings;

use crate::Failure;
use crate::args::EngineArguments;

/// A host made for this purpose: a real engine with a lab of containers.
const SAMPLE: &str = include_str!("../sample/host.jsonl");
const NO_ENGINE: &str = "to see a report without an engine, run with --sample";

/// An engine, and what it says being written down, if it is.
pub(crate) struct Engine {
    pub(crate) docker: Docker,
    pub(crate) recorder: Option<Recorder>,
}

/// Opens the engine and makes sure that it answers. Its endpoint is shown on stderr.
pub(crate) async fn open(arguments: &EngineArguments) -> Result<Engine, Failure> {
    if arguments.sample {
        return played_back(Cursor::new(SAMPLE), "the sample");
    }
    if let Some(path) = &arguments.from {
        return played_back(reader(path)?, &path.display().to_string());
    }
    let option = |name: &str, value: &Option<String>| {
        value.as_ref().map(|value| format!("{name} = {}\n", serde_json::json!(value)))
    };
    // as HCL, since that is how a connection is told the same
    let block: String = [option("host", &arguments.host), option("context", &arguments.context)]
        .into_iter()
        .flatten()
        .collect();
    let block = block.replace("${", "$${").replace("%{", "%%{");
    let settings = Settings::parse(ATTRIBUTES, &block).map_err(Failure::start)?;
    let config = Config::from_settings(&settings)
        .map_err(|error| Failure::start(sdk::Error::from(error)))?;
    let docker = Docker::new(config, Environment::of_process());
    let recorder = arguments.record.as_deref().map(recorder).transpose()?;
    let docker = match &recorder {
        Some(recorder) => docker.recording_to(recorder.clone()),
        None => docker,
    };
    let unreachable =
        |error| Failure::start(format!("{}\nhint: {NO_ENGINE}", sdk::Error::from(error)));
    docker.engine().await.map_err(unreachable)?;
    show(&docker.endpoint().await.map_err(unreachable)?.to_string());
    Ok(Engine { docker, recorder })
}

fn played_back(from: impl BufRead, name: &str) -> Result<Engine, Failure> {
    let recording =
        Recording::read(from, name).map_err(|error| Failure::start(sdk::Error::from(error)))?;
    show(&format!(
        "{name}: {} of {}, collected at {}",
        recording.name(),
        recording.endpoint(),
        recording.collected_at()
    ));
    Ok(Engine { docker: Docker::from_recording(recording), recorder: None })
}

/// Recordings are long and full of repetitions: zstd by the file's name.
fn reader(path: &Path) -> Result<Box<dyn BufRead>, Failure> {
    let failed = |error| Failure::start(format!("cannot read {}: {error}", path.display()));
    let file = File::open(path).map_err(failed)?;
    Ok(if is_compressed(path) {
        Box::new(BufReader::new(zstd::Decoder::new(file).map_err(failed)?))
    } else {
        Box::new(BufReader::new(file))
    })
}

fn recorder(path: &Path) -> Result<Recorder, Failure> {
    let name = path.display().to_string();
    let failed = |error| Failure::start(format!("cannot write {name}: {error}"));
    if !is_compressed(path) {
        return Recorder::create(path).map_err(|error| Failure::start(sdk::Error::from(error)));
    }
    let encoder =
        File::create(path).and_then(|file| zstd::Encoder::new(file, 0)).map_err(failed)?;
    Ok(Recorder::new(encoder.auto_finish(), &name))
}

fn is_compressed(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "zst")
}

/// A verdict means nothing without the engine it is about, so this is always said.
fn show(endpoint: &str) {
    // a closed stderr is no reason to stop
    let _ = writeln!(std::io::stderr(), "Engine: {endpoint}");
}
