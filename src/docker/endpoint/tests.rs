use super::*;
use crate::docker::testing::Folder;

/// SHA-256 of `prod`, as `docker context create prod` names its folder.
const PROD: &str = "6754af9632a2745e85c293e5aac0863370d9bd3330b9938c00cadfd215227d77";

fn with_context(host: &str, more: &str) -> Folder {
    let folder = Folder::new();
    let meta = format!(
        r#"{{"Name":"prod","Metadata":{{}},"Endpoints":{{"docker":{{"Host":"{host}"{more}}}}}}}"#
    );
    folder.write(&format!("contexts/meta/{PROD}/meta.json"), &meta);
    folder
}

/// Resolves with no socket of the system, and this folder as docker's.
fn resolve_in(
    folder: &Folder,
    config: &Config,
    variables: &[(&str, &str)],
) -> Result<Target, Error> {
    let path = folder.path().to_str().expect("UTF-8");
    let variables: Vec<_> = variables.iter().copied().chain([("DOCKER_CONFIG", path)]).collect();
    resolve(config, &Environment::from_pairs(&variables).with_system_socket("/no/docker.sock"))
}

fn config(host: Option<&str>, context: Option<&str>) -> Config {
    Config {
        host: host.map(str::to_owned),
        context: context.map(str::to_owned),
        ..Config::default()
    }
}

#[test]
fn the_first_that_names_an_engine_wins() {
    let folder = with_context("tcp://prod:2375", "");
    folder.write("config.json", r#"{"currentContext":"prod","auths":{}}"#);
    let host = ("DOCKER_HOST", "tcp://variable");
    let prod = ("DOCKER_CONTEXT", "prod");
    let default = ("DOCKER_CONTEXT", "default");
    for (config, variables, shown) in [
        (config(Some("tcp://option"), None), vec![host, prod], "tcp://option (option host)"),
        (config(None, Some("prod")), vec![host], "tcp://prod:2375 (context prod)"),
        (config(None, Some("default")), vec![host, prod], "tcp://variable (DOCKER_HOST)"),
        (config(None, Some("default")), vec![prod], "unix:///no/docker.sock (default)"),
        (config(None, None), vec![host, prod], "tcp://variable (DOCKER_HOST)"),
        (config(None, None), vec![prod], "tcp://prod:2375 (context prod)"),
        (config(None, None), vec![default], "unix:///no/docker.sock (default)"),
        (
            config(None, None),
            vec![("DOCKER_HOST", ""), ("DOCKER_CONTEXT", "")],
            "tcp://prod:2375 (context prod)",
        ),
    ] {
        let target = resolve_in(&folder, &config, &variables).expect(shown);
        assert_eq!(target.endpoint.to_string(), shown);
    }
}

#[test]
fn without_a_context_the_sockets_are_looked_at() {
    let folder = Folder::new();
    let default = |folder: &Folder, runtime: &str, system: &str| {
        let path = folder.path().to_str().expect("UTF-8");
        let variables = [("HOME", path), ("XDG_RUNTIME_DIR", runtime)];
        let environment = Environment::from_pairs(&variables).with_system_socket(system);
        resolve(&Config::default(), &environment).unwrap().endpoint.host().to_owned()
    };
    let system = folder.write("system/docker.sock", "");
    let user = folder.write("user/docker.sock", "");
    let (system, runtime) = (system.to_str().unwrap(), user.parent().unwrap().to_str().unwrap());
    assert_eq!(default(&folder, runtime, system), format!("unix://{system}"));
    assert_eq!(
        default(&folder, runtime, "/no/docker.sock"),
        format!("unix://{runtime}/docker.sock")
    );
    assert_eq!(default(&folder, "/no", "/no/docker.sock"), "unix:///no/docker.sock");

    folder.write(".docker/config.json", r#"{"currentContext":"default"}"#);
    assert_eq!(default(&folder, runtime, system), format!("unix://{system}"));
}

#[test]
fn a_context_that_does_not_exist_is_told_with_those_that_do() {
    let folder = with_context("tcp://prod", "");
    let error = resolve_in(&folder, &config(None, Some("dev")), &[]).unwrap_err();
    let contexts = folder.path().join("contexts");
    assert_eq!(
        error.to_string(),
        format!(
            "there is no docker context `dev` in `{}`; there are `default`, `prod`",
            contexts.display()
        )
    );
    let nowhere = resolve(&config(None, Some("dev")), &Environment::from_pairs(&[])).unwrap_err();
    assert!(nowhere.to_string().ends_with("there are `default`"), "{nowhere}");
}

#[test]
fn a_file_that_cannot_be_understood_is_named() {
    let folder = Folder::new();
    let path = folder.write("config.json", "{");
    let error = resolve_in(&folder, &Config::default(), &[]).unwrap_err().to_string();
    assert!(error.starts_with(&format!("cannot understand `{}`: EOF", path.display())), "{error}");
    // it is not needed where something else names the engine
    assert!(resolve_in(&folder, &config(Some("tcp://option"), None), &[]).is_ok());

    let folder = with_context("", "");
    let error = resolve_in(&folder, &config(None, Some("prod")), &[]).unwrap_err().to_string();
    assert!(error.ends_with("the context `prod` names no docker host"), "{error}");

    let folder = Folder::new();
    folder.write("config.json/x", "");
    let error = resolve_in(&folder, &Config::default(), &[]).unwrap_err();
    assert!(matches!(error, Error::File { .. }), "{error}");
}

#[test]
fn a_bad_host_is_told_with_who_named_it() {
    let error =
        resolve_in(&Folder::new(), &Config::default(), &[("DOCKER_HOST", "tcp://ann:pw@build")])
            .unwrap_err();
    assert_eq!(
        error.to_string(),
        "cannot use the host tcp://ann:***@build (DOCKER_HOST): user names and passwords are not supported here"
    );
}

/// What becomes of options and variables: `-` no TLS, else `verify` or `trust`, and the folder.
fn tls_of(config: &Config, variables: &[(&str, &str)]) -> String {
    let variables: Vec<_> = variables.iter().copied().chain([("HOME", "/home/ann")]).collect();
    described(
        resolve(config, &Environment::from_pairs(&variables)).expect("the host is well-formed"),
    )
}

fn described(target: Target) -> String {
    target.tls.map_or("-".to_owned(), |files| {
        let folder = files.folder.expect("there is a home folder");
        format!("{} {}", if files.verify { "verify" } else { "trust" }, folder.display())
    })
}

#[test]
fn tls_follows_options_then_variables() {
    let verify = ("DOCKER_TLS_VERIFY", "1");
    let zero = ("DOCKER_TLS_VERIFY", "0");
    let empty = ("DOCKER_TLS_VERIFY", "");
    let tls = ("DOCKER_TLS", "1");
    let path = ("DOCKER_CERT_PATH", "/env");
    for (host, tls_verify, cert_path, variables, expected) in [
        // as for docker: a variable counts if it is not empty, whatever it says
        ("tcp://b", None, None, vec![], "-"),
        ("tcp://b", None, None, vec![path], "-"),
        ("tcp://b", None, None, vec![empty], "-"),
        ("tcp://b", None, None, vec![verify], "verify /home/ann/.docker"),
        ("tcp://b", None, None, vec![zero], "verify /home/ann/.docker"),
        ("tcp://b", None, None, vec![verify, path], "verify /env"),
        ("tcp://b", None, None, vec![verify, ("DOCKER_CONFIG", "/cfg")], "verify /cfg"),
        ("tcp://b", None, None, vec![tls], "trust /home/ann/.docker"),
        ("tcp://b", None, None, vec![tls, verify], "verify /home/ann/.docker"),
        ("http://b", None, None, vec![verify], "verify /home/ann/.docker"),
        // options win
        ("tcp://b", None, Some("/opt"), vec![], "verify /opt"),
        ("tcp://b", None, Some("/opt"), vec![tls, path], "trust /opt"),
        ("tcp://b", Some(true), None, vec![], "verify /home/ann/.docker"),
        ("tcp://b", Some(true), None, vec![tls, path], "verify /env"),
        ("tcp://b", Some(true), Some("/opt"), vec![path], "verify /opt"),
        ("tcp://b", Some(false), None, vec![], "-"),
        ("tcp://b", Some(false), None, vec![path], "trust /env"),
        ("tcp://b", Some(false), None, vec![verify], "trust /home/ann/.docker"),
        ("tcp://b", Some(false), Some("/opt"), vec![verify], "trust /opt"),
        // https is TLS in any case
        ("https://b", None, None, vec![], "verify /home/ann/.docker"),
        ("https://b", None, None, vec![tls], "trust /home/ann/.docker"),
        ("https://b", Some(false), None, vec![], "trust /home/ann/.docker"),
        // and these are without
        ("unix:///run/e.sock", Some(true), Some("/opt"), vec![verify], "-"),
        ("ssh://b", Some(true), Some("/opt"), vec![verify], "-"),
    ] {
        let cert_path = cert_path.map(PathBuf::from);
        let config =
            Config { tls_verify, cert_path: cert_path.clone(), ..config(Some(host), None) };
        assert_eq!(
            tls_of(&config, &variables),
            expected,
            "{host} {tls_verify:?} {cert_path:?} {variables:?}"
        );
        // the same host from the environment makes no difference
        let config = Config { host: None, ..config };
        let variables: Vec<_> = variables.into_iter().chain([("DOCKER_HOST", host)]).collect();
        assert_eq!(tls_of(&config, &variables), expected, "{variables:?}");
    }
}

#[test]
fn a_context_has_its_own_tls() {
    let verify = [("DOCKER_TLS_VERIFY", "1"), ("DOCKER_CERT_PATH", "/env")];
    let prod = config(None, Some("prod"));
    let in_folder =
        |folder: &Folder, config: &Config| described(resolve_in(folder, config, &verify).unwrap());

    let plain = with_context("tcp://b", "");
    assert_eq!(in_folder(&plain, &prod), "-", "the environment is for hosts, not for contexts");
    let own = Config { cert_path: Some("/opt".into()), ..prod.clone() };
    assert_eq!(in_folder(&plain, &own), "verify /opt", "but options win");

    let trusting = with_context("tcp://b", r#","SkipTLSVerify":true"#);
    let folder = trusting.path().join(format!("contexts/tls/{PROD}/docker"));
    assert_eq!(in_folder(&trusting, &prod), format!("trust {}", folder.display()));
    let strict = Config { tls_verify: Some(true), ..prod.clone() };
    assert_eq!(in_folder(&trusting, &strict), format!("verify {}", folder.display()));

    let verifying = with_context("tcp://b", "");
    let ca = verifying.write(&format!("contexts/tls/{PROD}/docker/ca.pem"), "");
    let folder = ca.parent().unwrap().display().to_string();
    assert_eq!(in_folder(&verifying, &prod), format!("verify {folder}"));
    let lax = Config { tls_verify: Some(false), ..prod };
    assert_eq!(in_folder(&verifying, &lax), format!("trust {folder}"));
}
