//! Secrets are planted wherever the plugin reads something, and looked for in all that leaves it besides rows:
//! its log at the finest level, its errors, its standard output, a recording.

use std::fmt::Write as _;
use std::fs;
use std::io::Read;
use std::path::Path;

use steampipe_plugin_docker::PLUGIN;
use steampipe_plugin_docker::docker::Recorder;

use crate::fake::Fake;
use crate::protocol::{Plugin, command, select, value};

const ENV: &str = "cnry-env-8Jq2";
const REGISTRY: &str = "cnry-registry-Wm4x";
const KEY: &str = "Y25yeS1rZXktUjdwYg";
const PASSWORD: &str = "cnry-password-Zt9k";
const SSH: &str = "cnry-ssh-Hc3v";
const JOIN: &str = "SWMTKN-1-cnry-join-Bn6f";
const UNLOCK: &str = "SWMKEY-1-cnry-unlock-Lx5d";
const OPTION: &str = "cnry-splunk-Gy8s";
const PROXY: &str = "cnry-proxy-Vd2m";
const ARGUMENT: &str = "cnry-argument-Ks7w";
const COMPOSE: &str = "cnry-compose-Pe4r";
const FILE: &str = "cnry-file-Uj1n";
const SECRETS: [&str; 12] =
    [ENV, REGISTRY, KEY, PASSWORD, SSH, JOIN, UNLOCK, OPTION, PROXY, ARGUMENT, COMPOSE, FILE];
/// What is no secret, and must be found: in the log, in an error, in the recording.
const SHOWN: [&str; 3] = ["shown-in-log", "shown_in_error", "shown-in-recording"];

const ID: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

/// The replies of an engine that keeps secrets, by path.
fn replies() -> Vec<(String, String)> {
    let list = format!(
        r#"[{{"Id":"{ID}","Names":["/{}"],"Image":"web","State":"running","Labels":{{"registry-token":"{REGISTRY}"}}}}]"#,
        SHOWN[2]
    );
    let inspect = format!(
        r#"{{"Id":"{ID}","Name":"/web","State":{{"Status":"running","Pid":1}},"Image":"sha256:{ID}",
        "Config":{{"Env":["DB_PASSWORD={ENV}","PATH=/bin"],"Cmd":["db","--password={ENV}"],"Labels":{{}}}},
        "HostConfig":{{"LogConfig":{{"Type":"splunk","Config":{{"splunk-token":"{OPTION}"}}}}}},"Mounts":[],"NetworkSettings":{{"Networks":{{}},"Ports":{{}}}}}}"#
    );
    let info = format!(
        r#"{{"ID":"one","Name":"web-1","ServerVersion":"28.0.0","HttpProxy":"http://ann:{PROXY}@proxy:1","IdentityToken":"{REGISTRY}",
        "Swarm":{{"LocalNodeState":"active","ControlAvailable":true,"NodeID":"n"}}}}"#
    );
    let swarm = format!(
        r#"{{"ID":"s","JoinTokens":{{"Worker":"{JOIN}","Manager":"{JOIN}"}},"UnlockKey":"{UNLOCK}","Spec":{{}}}}"#
    );
    let service = format!(
        r#"[{{"ID":"v","Spec":{{"Name":"v","TaskTemplate":{{"ContainerSpec":{{"Image":"x","Env":["A={ENV}"]}}}},"Mode":{{"Replicated":{{}}}}}}}}]"#
    );
    let history = format!(
        r#"[{{"Id":"x","Created":1,"CreatedBy":"|1 NPM_TOKEN={ARGUMENT} /bin/sh -c make","Size":0,"Comment":"","Tags":null}}]"#
    );
    let images = format!(r#"[{{"Id":"sha256:{ID}","RepoTags":["web:1"]}}]"#);
    let image = format!(
        r#"{{"Id":"sha256:{ID}","Config":{{"Env":["A={ENV}"]}},"RootFS":{{"Layers":["l"]}}}}"#
    );
    let top = format!(r#"{{"Titles":["PID","CMD"],"Processes":[["1","db --password {ENV}"]]}}"#);
    let inspect_path = format!("/containers/{ID}/json");
    let top_path = format!("/containers/{ID}/top");
    let (history_path, image_path) =
        (format!("/images/sha256:{ID}/history"), format!("/images/sha256:{ID}/json"));
    [
        ("/containers/json", list),
        (&inspect_path, inspect),
        (&top_path, top),
        ("/info", info),
        ("/swarm", swarm),
        ("/services", service),
        (&history_path, history),
        ("/images/json", images),
        (&image_path, image),
        ("/version", r#"{"Version":"28.0.0","ApiVersion":"1.41"}"#.to_owned()),
        ("/networks", "[]".to_owned()),
        ("/secrets", format!(r#"[{{"ID":"t","Spec":{{"Name":"t","Labels":{{"api-key":"{REGISTRY}"}},"Data":"{FILE}"}}}}]"#)),
        ("/configs", format!(r#"[{{"ID":"c","Spec":{{"Name":"c","Data":"{FILE}"}}}}]"#)),
    ]
    .map(|(path, body)| (path.to_owned(), body))
    .to_vec()
}

fn engine(change: impl Fn(&str, &str) -> (u16, String)) -> Fake {
    let replies: Vec<_> = replies()
        .into_iter()
        .map(|(path, body)| {
            let (status, body) = change(&path, &body);
            (path, status, body)
        })
        .collect();
    let replies: Vec<_> = replies
        .iter()
        .map(|(path, status, body)| (path.as_str(), *status, body.as_str()))
        .collect();
    Fake::start(&replies)
}

/// Engines that answer well, refuse, answer with texts where something else belongs, stop amid a secret, or say no JSON.
fn engines() -> Vec<Fake> {
    let all = SECRETS.map(|secret| format!("TOKEN={secret}")).join(" ");
    let refused = format!(
        r#"{{"message":"cannot start: DB_PASSWORD={ENV} --token {JOIN} http://ann:{PROXY}@proxy unlock-key={UNLOCK} splunk-token={OPTION}"}}"#
    );
    let texts = |path: &str, body: &str| {
        if matches!(path, "/containers/json" | "/images/json") {
            return (200, body.to_owned());
        }
        let parts = [
            "Config",
            "HostConfig",
            "State",
            "Swarm",
            "JoinTokens",
            "Spec",
            "Processes",
            "RootFS",
            "Debug",
            "NCPU",
        ];
        let parts =
            parts.map(|part| format!(r#""{part}":"A={ENV}{JOIN}{OPTION}{PROXY}{ARGUMENT}""#));
        (200, format!("{{{}}}", parts.join(",")))
    };
    let lists = move |path: &str, body: &str| match path {
        "/containers/json" | "/images/json" | "/info" => (200, body.to_owned()),
        _ => (200, format!(r#"["{ENV}","{JOIN}"]"#)),
    };
    let cut = |path: &str, body: &str| {
        let end = SECRETS
            .iter()
            .filter_map(|secret| body.find(secret).map(|at| at + secret.len() - 1))
            .min();
        let listed = path == "/containers/json" || path == "/images/json";
        (
            200,
            if listed { body.to_owned() } else { body[..end.unwrap_or(body.len() - 1)].to_owned() },
        )
    };
    vec![
        engine(|_, body| (200, body.to_owned())),
        engine(move |_, _| (500, refused.clone())),
        engine(texts),
        engine(lists),
        engine(cut),
        engine(move |_, _| (200, format!("<html>{all}"))),
        engine(move |_, _| {
            (403, format!("proxy says: http://{REGISTRY}@proxy password={PASSWORD}"))
        }),
    ]
}

/// Files that connections name: keys, a docker configuration, compose projects.
fn write_files(folder: &Path) {
    let write = |name: &str, text: String| {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    for (name, key) in [
        ("tls1", format!("-----BEGIN PRIVATE KEY {KEY}\n{KEY}\n")),
        ("tls2", format!("-----BEGIN PRIVATE KEY-----\n{KEY}!\n-----END PRIVATE KEY-----\n")),
        ("tls3", format!("-----BEGIN PRIVATE KEY-----\n{KEY}==\n-----END PRIVATE KEY-----\n")),
        ("tls4", format!("-----BEGIN PRIVATE KEY-----\n{KEY}\n")),
    ] {
        write(&format!("{name}/key.pem"), key);
        write(&format!("{name}/cert.pem"), format!("-----BEGIN CERTIFICATE-----\n{KEY}\n"));
    }
    write(
        "docker/config.json",
        format!(r#"{{"auths":{{"r":{{"auth":"{REGISTRY}"}}}},"currentContext":"prod"}}"#),
    );
    write(
        "docker/contexts/meta/6754af9632a2745e85c293e5aac0863370d9bd3330b9938c00cadfd215227d77/meta.json",
        format!(
            r#"{{"Name":"prod","Endpoints":{{"docker":{{"Host":"tcp://a","SkipTLSVerify":"{REGISTRY}"}}}}}}"#
        ),
    );
    write(
        "good.yaml",
        "services: {web: {image: x, env_file: good.env, environment: [A]}}\n".to_owned(),
    );
    write("good.env", format!("A={COMPOSE}\nB=\"{COMPOSE}\"\n"));
    write("quote.yaml", "services: {web: {image: x, env_file: quote.env}}\n".to_owned());
    write("quote.env", format!("A=\"{COMPOSE}\n"));
    write("name.yaml", "services: {web: {image: x, env_file: name.env}}\n".to_owned());
    write("name.env", format!("A={COMPOSE}\nA B={COMPOSE}\n"));
    write(
        "secret.yaml",
        "services: {web: {image: x, secrets: [s]}}\nsecrets: {s: {file: run/secrets/s}}\n"
            .to_owned(),
    );
    write("run/secrets/s", FILE.to_owned());
}

fn blocks(engines: &[Fake], folder: &Path) -> Vec<(String, String)> {
    let of_engines =
        engines.iter().enumerate().map(|(at, engine)| (format!("engine{at}"), engine.config()));
    let mut blocks: Vec<_> = of_engines.collect();
    let folder = folder.display();
    for at in 1..=4 {
        blocks.push((
            format!("tls{at}"),
            format!(
                "host = \"tcp://127.0.0.1:1\"\ntls_verify = false\ncert_path = \"{folder}/tls{at}\""
            ),
        ));
    }
    for project in ["good", "quote", "name", "secret"] {
        let host = engines[0].config();
        blocks.push((
            project.to_owned(),
            format!("{host}\ndocker_compose_file_paths = [\"{folder}/{project}.yaml\"]"),
        ));
    }
    for (at, block) in [
        format!("host = \"tcp://ann:{PASSWORD}@build\""),
        format!("host = \"tcp://ann:{PASSWORD}@build"),
        format!("host = \"tcp://ann:{PASSWORD}@build\" +"),
        format!("host = -\"{PASSWORD}\""),
        format!("timeout = \"{PASSWORD}\""),
        format!("host = \"ssh://ann:{SSH}@build\""),
        format!("host = \"https://build/?token={PASSWORD}\""),
        format!("{{\"host\": \"{PASSWORD}\",}}"),
        "# the context and the variables of docker tell".to_owned(),
        "context = \"prod\"".to_owned(),
    ]
    .into_iter()
    .enumerate()
    {
        blocks.push((format!("{}{at}", SHOWN[0]), block));
    }
    blocks
}

/// What a process says on a pipe, to its end.
fn collect(mut pipe: impl Read + Send + 'static) -> std::thread::JoinHandle<String> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        pipe.read_to_end(&mut bytes).unwrap();
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

/// Both ways of writing bytes that errors have.
fn assert_clean(what: &str, text: &str) {
    for secret in SECRETS {
        let as_numbers = format!("{:?}", secret.as_bytes());
        let as_numbers = as_numbers.trim_matches(['[', ']']);
        for form in [secret, as_numbers] {
            let shown = text.lines().find(|line| line.contains(form));
            assert_eq!(shown, None, "{what} has {secret}");
        }
    }
}

async fn everything(folder: &Path) -> (String, String, String) {
    let engines = engines();
    let mut command = command();
    command
        .env("STEAMPIPE_LOG_LEVEL", "TRACE")
        .env("STEAMPIPE_DIAGNOSTIC_LEVEL", "ALL")
        .env("DOCKER_CONFIG", folder.join("docker"))
        .env("DOCKER_CERT_PATH", folder.join("tls1"))
        .env_remove("DOCKER_HOST");
    let mut plugin = Plugin::spawn(command).await;
    let log = collect(plugin.process.stderr.take().unwrap());
    let blocks = blocks(&engines, folder);
    let blocks: Vec<_> =
        blocks.iter().map(|(name, block)| (name.as_str(), block.as_str())).collect();
    let mut errors = format!("{:?}", plugin.configure(&blocks).await);
    for (name, _) in &blocks {
        for table in PLUGIN.tables {
            if table.columns.iter().any(|column| column.required) {
                continue;
            }
            let columns: Vec<&str> = table.columns.iter().map(|column| column.name).collect();
            match plugin.query(select(table.name, &columns, &[(name, None)])).await {
                Ok(rows) if table.name == "docker_container_env" => {
                    for row in rows {
                        let shown = format!("{:?}", value(&row, "value"));
                        assert_clean("docker_container_env.value", &shown);
                    }
                }
                Ok(_) => {}
                Err(status) => {
                    let _ = write!(errors, "\n{name} {}: {}", table.name, status.message());
                }
            }
        }
    }
    let unknown = plugin.query(select(SHOWN[1], &[], &[("engine0", None)])).await.unwrap_err();
    errors += unknown.message();
    let output = collect(plugin.process.stdout.take().unwrap());
    drop(plugin);
    (log.join().unwrap(), errors, output.join().unwrap())
}

#[tokio::test]
async fn nothing_secret_leaves_the_process_but_in_rows() {
    let folder = tempfile::tempdir().unwrap();
    write_files(folder.path());
    let (log, errors, output) = everything(folder.path()).await;
    assert!(log.contains(SHOWN[0]), "a log that is not seen hides everything");
    assert!(errors.contains(SHOWN[1]) && errors.contains("DB_PASSWORD=***"), "{errors}");
    assert_clean("the log", &log);
    assert_clean("an error", &errors);
    assert_clean("the standard output", &output);
}

#[tokio::test]
async fn a_recording_holds_nothing_secret() {
    let folder = tempfile::tempdir().unwrap();
    for (at, engine) in engines().iter().enumerate() {
        let path = folder.path().join("engine.jsonl");
        let recorder = Recorder::create(&path).unwrap();
        let docker = engine.docker().recording_to(recorder.clone());
        for (target, _) in replies() {
            let segments: Vec<&str> = target.split('/').skip(1).collect();
            let query: &[(&str, &str)] =
                if target == "/containers/json" { &[("all", "true")] } else { &[] };
            let _ = docker.get(&segments, query).await;
        }
        recorder.finish().unwrap();
        let recording = fs::read_to_string(&path).unwrap();
        // texts in the wrong place are masked by name only where there is one
        if matches!(at, 0 | 1 | 6) {
            assert_clean(&format!("the recording of engine {at}"), &recording);
        }
        assert!(at > 0 || recording.contains(SHOWN[2]), "{recording}");
    }
}
