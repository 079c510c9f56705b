//! Which engine a run asks: a live one, found as the docker command finds it, a recording, or the sample.
//! It must not know tables.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Write};
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
        return played_back(Cursor::new(SAMPLE), "the sample", arguments);
    }
    if let Some(path) = &arguments.from {
        return played_back(reader(path)?, &path.display().to_string(), arguments);
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
    let unreachable = |error| Failure::start(format!("{error}\nhint: {NO_ENGINE}"));
    let settings = Settings::parse(ATTRIBUTES, &block).map_err(Failure::start)?;
    let config = Config::from_settings(&settings).map_err(sdk::Error::from).map_err(unreachable)?;
    let config = complete(config, arguments);
    let environment = Environment::of_process();
    let mut docker = Docker::new(config.clone(), environment.clone());
    docker.engine().await.map_err(sdk::Error::from).map_err(unreachable)?;
    let recorder = match &arguments.record {
        None => None,
        // only now: a recording that lies there is not lost to an engine that does not answer
        Some(path) => {
            let recorder = recorder(path)?;
            docker = Docker::new(config, environment).recording_to(recorder.clone());
            Some(recorder)
        }
    };
    let endpoint = docker.endpoint().await.map_err(sdk::Error::from).map_err(unreachable)?;
    show(&endpoint.to_string());
    Ok(Engine { docker, recorder })
}

/// What is not about the engine.
fn complete(config: Config, arguments: &EngineArguments) -> Config {
    let list = |given: &[String]| (!given.is_empty()).then(|| given.to_vec());
    Config {
        ask_once: true, // a run is one picture
        host_root: arguments.host_root.clone(),
        show_secrets: arguments.show_secrets,
        dockerfile_paths: list(&arguments.dockerfiles),
        docker_compose_file_paths: list(&arguments.compose_files),
        ..config
    }
}

fn played_back(
    from: impl BufRead,
    name: &str,
    arguments: &EngineArguments,
) -> Result<Engine, Failure> {
    let recording =
        Recording::read(from, name).map_err(|error| Failure::start(sdk::Error::from(error)))?;
    let parts = [
        ("", name),
        (": ", recording.name()),
        (" of ", recording.endpoint()),
        (", collected at ", recording.collected_at()),
    ];
    let known = parts.iter().filter(|(_, part)| !part.is_empty());
    show(&known.flat_map(|(before, part)| [*before, *part]).collect::<String>());
    let config = complete(Config::default(), arguments);
    let docker = Docker::from_recording(recording, config, Environment::of_process());
    Ok(Engine { docker, recorder: None })
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
    Ok(Recorder::new(Frame(Some(encoder)), &name))
}

/// A compressed recording: flushed once, at its end, which completes the frame.
struct Frame(Option<zstd::Encoder<'static, File>>);

impl Write for Frame {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.as_mut().ok_or(io::ErrorKind::BrokenPipe)?.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        match self.0.take() {
            Some(encoder) => encoder.finish()?.sync_all(),
            None => Ok(()),
        }
    }
}

fn is_compressed(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "zst")
}

/// A verdict means nothing without the engine it is about, so this is always said.
fn show(endpoint: &str) {
    // a recording is somebody else's: nothing in it may steer the terminal
    let endpoint: String = endpoint.chars().filter(|character| !character.is_control()).collect();
    // a closed stderr is no reason to stop
    let _ = writeln!(std::io::stderr(), "Engine: {endpoint}");
}
