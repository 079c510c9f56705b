//! The settings of `dockerd`, from Docker 20.10 to 29: what they are called in its file and on its command line.
//! It must not know what a daemon is set to.

use crate::files::flags::Flag;

/// How a flag's text becomes the value that the file would have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Switch,
    Int,
    /// Bytes, such as `64M`.
    Size,
    /// The flag adds one text.
    List,
    /// The flag adds `name=value`.
    Map,
    /// The flag adds `name` or `name=false`.
    Switches,
    /// The flag adds `driver=name=value`.
    Maps,
    /// The flag adds `name=soft:hard`.
    Ulimits,
    /// The flag adds `name=path`.
    Runtimes,
    /// The flag adds `base=10.0.0.0/8,size=24`.
    Pools,
}

/// One setting.
#[derive(Debug, Clone, Copy)]
pub(super) struct Declared {
    /// Name in the file.
    pub(super) key: &'static str,
    /// Name on the command line; empty if the file alone has it.
    pub(super) flag: &'static str,
    pub(super) short: Option<char>,
    /// Older name, of file and command line alike.
    pub(super) alias: Option<(&'static str, Option<char>)>,
    pub(super) kind: Kind,
    /// As JSON; `null` for what is unset or the engine's own choice.
    pub(super) default: &'static str,
    /// Major version of the first engine that has it.
    pub(super) since: u32,
    /// Major version of the last engine that has it.
    pub(super) until: u32,
}

impl Declared {
    const fn new(key: &'static str, flag: &'static str, kind: Kind, default: &'static str) -> Self {
        let (short, alias, since, until) = (None, None, 0, u32::MAX);
        Self { key, flag, short, alias, kind, default, since, until }
    }

    const fn short(mut self, short: char) -> Self {
        self.short = Some(short);
        self
    }

    const fn alias(mut self, name: &'static str, short: Option<char>) -> Self {
        self.alias = Some((name, short));
        self
    }

    const fn since(mut self, major: u32) -> Self {
        self.since = major;
        self
    }

    const fn until(mut self, major: u32) -> Self {
        self.until = major;
        self
    }

    /// True if the file or the command line calls it this.
    pub(super) fn is_called(&self, name: &str, in_file: bool) -> bool {
        let own = if in_file { self.key } else { self.flag };
        own == name || self.alias.is_some_and(|(alias, _)| alias == name)
    }
}

const fn text(key: &'static str, default: &'static str) -> Declared {
    Declared::new(key, key, Kind::Text, default)
}

const fn switch(key: &'static str, default: &'static str) -> Declared {
    Declared::new(key, key, Kind::Switch, default)
}

const fn int(key: &'static str, default: &'static str) -> Declared {
    Declared::new(key, key, Kind::Int, default)
}

const fn many(key: &'static str, flag: &'static str, kind: Kind) -> Declared {
    let default = match kind {
        Kind::List | Kind::Pools => "[]",
        _ => "{}",
    };
    Declared::new(key, flag, kind, default)
}

/// All of them, by key. Defaults that depend on the host or the engine are in `defaults.rs`.
pub(super) const SETTINGS: &[Declared] = &[
    switch("allow-direct-routing", "false").since(28),
    many("allow-nondistributable-artifacts", "allow-nondistributable-artifacts", Kind::List)
        .until(27),
    text("api-cors-header", "null").until(27),
    many("authorization-plugins", "authorization-plugin", Kind::List),
    text("bip", "null"),
    text("bip6", "null").since(28),
    text("bridge", "null").short('b'),
    text("bridge-accept-fwmark", "null").since(29),
    Declared::new("builder", "", Kind::Map, "{}"),
    many("cdi-spec-dirs", "cdi-spec-dir", Kind::List).since(25),
    text("cgroup-parent", "null"),
    text("cluster-advertise", "null").until(20),
    text("cluster-store", "null").until(20),
    many("cluster-store-opts", "cluster-store-opt", Kind::Map).until(20),
    text("config-file", "null"),
    text("containerd", "null"),
    text("containerd-namespace", "\"moby\""),
    Declared::new(
        "containerd-plugin-namespace",
        "containerd-plugins-namespace",
        Kind::Text,
        "\"plugins.moby\"",
    ),
    int("cpu-rt-period", "0"),
    int("cpu-rt-runtime", "0"),
    switch("cri-containerd", "false"),
    text("data-root", "null").alias("graph", Some('g')),
    switch("debug", "false").short('D'),
    many("default-address-pools", "default-address-pool", Kind::Pools),
    text("default-cgroupns-mode", "null"),
    text("default-gateway", "null"),
    text("default-gateway-v6", "null"),
    text("default-ipc-mode", "\"private\""),
    many("default-network-opts", "default-network-opt", Kind::Maps).since(24),
    text("default-runtime", "\"runc\""),
    Declared::new("default-shm-size", "default-shm-size", Kind::Size, "67108864"),
    many("default-ulimits", "default-ulimit", Kind::Ulimits),
    many("dns", "dns", Kind::List),
    many("dns-opts", "dns-opt", Kind::List),
    many("dns-search", "dns-search", Kind::List),
    many("exec-opts", "exec-opt", Kind::List),
    text("exec-root", "null"),
    switch("experimental", "false"),
    many("features", "feature", Kind::Switches),
    text("firewall-backend", "null").since(29),
    text("fixed-cidr", "null"),
    text("fixed-cidr-v6", "null"),
    text("group", "\"docker\"").short('G'),
    many("host-gateway-ips", "host-gateway-ip", Kind::List).alias("host-gateway-ip", None),
    many("hosts", "host", Kind::List).short('H'),
    text("http-proxy", "null").since(23),
    text("https-proxy", "null").since(23),
    switch("icc", "true"),
    switch("init", "false"),
    text("init-path", "null"),
    many("insecure-registries", "insecure-registry", Kind::List),
    text("ip", "\"0.0.0.0\""),
    switch("ip-forward", "true"),
    switch("ip-forward-no-drop", "false").since(28),
    switch("ip-masq", "true"),
    switch("ip6tables", "null"),
    switch("iptables", "true"),
    switch("ipv6", "false"),
    many("labels", "label", Kind::List),
    switch("live-restore", "false"),
    text("log-driver", "\"json-file\""),
    text("log-format", "\"text\"").since(25),
    text("log-level", "\"info\"").short('l'),
    many("log-opts", "log-opt", Kind::Map),
    int("max-concurrent-downloads", "3"),
    int("max-concurrent-uploads", "5"),
    int("max-download-attempts", "5"),
    text("metrics-addr", "null"),
    Declared::new("min-api-version", "", Kind::Text, "null").since(29),
    int("mtu", "1500"),
    int("network-control-plane-mtu", "1500"),
    int("network-diagnostic-port", "0"),
    switch("no-new-privileges", "false"),
    text("no-proxy", "null").since(23),
    many("node-generic-resources", "node-generic-resource", Kind::List),
    int("oom-score-adjust", "0").until(24),
    text("pidfile", "null").short('p'),
    switch("raw-logs", "false"),
    many("registry-mirrors", "registry-mirror", Kind::List),
    switch("restart", "true").short('r'),
    switch("rootless", "null"),
    many("runtimes", "add-runtime", Kind::Runtimes),
    text("seccomp-profile", "null"),
    switch("selinux-enabled", "false"),
    int("shutdown-timeout", "15"),
    text("storage-driver", "null").short('s'),
    many("storage-opts", "storage-opt", Kind::List),
    text("swarm-default-advertise-addr", "null"),
    switch("tls", "false"),
    text("tlscacert", "null"),
    text("tlscert", "null"),
    text("tlskey", "null"),
    switch("tlsverify", "false"),
    switch("userland-proxy", "true"),
    text("userland-proxy-path", "null"),
    text("userns-remap", "null"),
];

/// The flags of all settings.
pub(super) fn flags() -> Vec<Flag> {
    let own = SETTINGS.iter().filter(|declared| !declared.flag.is_empty()).map(|declared| Flag {
        name: declared.flag,
        short: declared.short,
        is_switch: declared.kind == Kind::Switch,
    });
    let aliases = SETTINGS.iter().filter_map(|declared| {
        let (name, short) = declared.alias.filter(|(name, _)| *name != declared.flag)?;
        Some(Flag { name, short, is_switch: declared.kind == Kind::Switch })
    });
    let others = ["validate", "version"].map(|name| Flag {
        name,
        short: (name == "version").then_some('v'),
        is_switch: true,
    });
    own.chain(aliases).chain(others).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn keys_are_in_order_and_names_are_not_doubled() {
        let keys: Vec<&str> = SETTINGS.iter().map(|declared| declared.key).collect();
        assert!(keys.is_sorted());
        let flags = flags();
        let names: BTreeSet<&str> = flags.iter().map(|flag| flag.name).collect();
        assert_eq!(names.len(), flags.len());
        let letters: Vec<char> = flags.iter().filter_map(|flag| flag.short).collect();
        assert_eq!(letters.iter().collect::<BTreeSet<_>>().len(), letters.len());
    }

    #[test]
    fn every_default_is_json() {
        for declared in SETTINGS {
            assert!(
                serde_json::from_str::<serde_json::Value>(declared.default).is_ok(),
                "{}",
                declared.key
            );
        }
    }
}
