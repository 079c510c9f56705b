use super::*;
use crate::docker::endpoint::Origin;

fn endpoint() -> Arc<Endpoint> {
    Arc::new(Endpoint::new("unix:///run/e.sock", Origin::Default))
}

#[test]
fn the_cause_is_printed_once_and_the_hint_apart() {
    let source = Arc::new(io::Error::new(io::ErrorKind::PermissionDenied, "permission denied"));
    let error = sdk::Error::from(Error::PermissionDenied { endpoint: endpoint(), source });
    let text = error.to_string();
    let (message, hint) = text.split_once("\nhint: ").expect("there is a hint");
    assert_eq!(
        message,
        "not allowed to open the engine's socket at unix:///run/e.sock (default): permission denied"
    );
    assert!(hint.contains("group `docker`"), "{hint}");
    assert!(!error.is_not_found());
}

#[test]
fn an_engine_that_refuses_or_is_not_trusted_is_not_unreachable() {
    let io = |kind| Arc::new(io::Error::from(kind));
    let timeout = |wait| Error::Timeout {
        endpoint: endpoint(),
        asked: "GET /_ping".to_owned(),
        waited: Duration::from_secs(5),
        wait,
    };
    let connect = |source| Error::Connect { endpoint: endpoint(), source };
    let ssh = |message: &str| Error::Ssh { endpoint: endpoint(), message: message.to_owned() };
    let no_name = "failed to lookup address information: Name or service not known";
    for (error, unreachable) in [
        (Error::NotRunning { endpoint: endpoint(), source: io(io::ErrorKind::NotFound) }, true),
        (connect(io(io::ErrorKind::HostUnreachable)), true),
        (connect(Arc::new(io::Error::other(no_name))), true),
        // too many open files
        (connect(Arc::new(io::Error::from_raw_os_error(24))), false),
        (connect(io(io::ErrorKind::WouldBlock)), false),
        (timeout(Wait::Connection), true),
        (timeout(Wait::Ping), true),
        (timeout(Wait::Reply), false),
        (timeout(Wait::Rest), false),
        (ssh("ssh: connect to host web-1 port 22: Connection refused"), true),
        (ssh("ann@web-1: Permission denied (publickey)."), false),
        (ssh("Host key verification failed."), false),
        (ssh("cannot start `ssh`: No such file or directory"), false),
    ] {
        assert_eq!(error.is_unreachable(), unreachable, "{error}");
        assert_eq!(sdk::Error::from(error.clone()).is_unreachable(), unreachable, "{error}");
    }
}

#[test]
fn only_what_the_engine_does_not_know_is_not_found() {
    let asked = "GET /containers/x/json".to_owned();
    let message = "No such container: x".to_owned();
    let error =
        Error::NotFound { endpoint: endpoint(), asked: asked.clone(), message: message.clone() };
    assert_eq!(error.status(), Some(404));
    assert!(sdk::Error::from(error).is_not_found());
    let error = Error::Refused { endpoint: endpoint(), asked, status: 500, message };
    assert!(!sdk::Error::from(error).is_not_found());
    let error = Error::NotRecorded { name: "web-1".to_owned(), asked: String::new() };
    assert!(!sdk::Error::from(error).is_not_found());
}
