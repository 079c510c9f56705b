//! The functions of networks written as an address and a prefix, such as `10.0.0.0/8`.
//! Must not know any network of this machine.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::arguments::Arguments;
use super::{Function, Outcome, types};

pub(super) const FUNCTIONS: &[Function] =
    functions![cidrhost(2), cidrnetmask(1), cidrsubnet(3), cidrsubnets(1..)];

/// A network: the first address as a number, the length of an address and of the prefix in bits.
#[derive(Clone, Copy)]
struct Network {
    first: u128,
    length: u32,
    prefix: u32,
}

impl Network {
    fn read(arguments: Arguments<'_>) -> Result<Self, String> {
        let text = arguments.text(0)?;
        let parsed = text.split_once('/').and_then(|(address, prefix)| {
            let (address, length) = match address.parse().ok()? {
                IpAddr::V4(address) => (address.to_bits().into(), Ipv4Addr::BITS),
                IpAddr::V6(address) => (address.to_bits(), Ipv6Addr::BITS),
            };
            let prefix = prefix.parse().ok().filter(|prefix| *prefix <= length)?;
            let network = Self { first: address, length, prefix };
            Some(Self { first: address & !network.hosts(), ..network })
        });
        parsed.ok_or_else(|| {
            format!("{text:?} is no network: write an address and a prefix, such as 10.0.0.0/8")
        })
    }

    /// The number of the last host, which is also the mask of the host part.
    fn hosts(self) -> u128 {
        all_ones(self.length - self.prefix)
    }

    fn address(self, number: u128) -> String {
        match u32::try_from(number) {
            Ok(number) if self.length == Ipv4Addr::BITS => Ipv4Addr::from_bits(number).to_string(),
            _ => Ipv6Addr::from_bits(number).to_string(),
        }
    }

    fn text(self) -> String {
        format!("{}/{}", self.address(self.first), self.prefix)
    }

    /// The network with a prefix longer by `bits`, at the same first address.
    fn extended(self, bits: usize) -> Result<Self, String> {
        let left = self.length - self.prefix;
        match u32::try_from(bits) {
            Ok(bits) if bits <= left => Ok(Self { prefix: self.prefix + bits, ..self }),
            _ => Err(format!("{} has {left} bits left, not {bits}", self.text())),
        }
    }
}

fn all_ones(bits: u32) -> u128 {
    u128::MAX.checked_shr(u128::BITS - bits).unwrap_or_default()
}

/// The host of a number, counted from the end of the network where it is negative.
fn cidrhost(arguments: Arguments<'_>) -> Outcome {
    let network = Network::read(arguments)?;
    let text = types::number_text(&arguments.number(1)?);
    let number: i128 =
        text.parse().map_err(|_| format!("the number of a host must be whole, got {text}"))?;
    let from_start = number.unsigned_abs();
    let host = if number < 0 {
        (network.hosts() - network.hosts().min(from_start - 1), from_start - 1)
    } else {
        (from_start, from_start)
    };
    match host {
        (host, distance) if distance <= network.hosts() => {
            Ok(network.address(network.first + host).into())
        }
        _ => Err(format!("{} has no host of number {number}", network.text())),
    }
}

fn cidrnetmask(arguments: Arguments<'_>) -> Outcome {
    let network = Network::read(arguments)?;
    if network.length != Ipv4Addr::BITS {
        return Err(format!("{} is an IPv6 network, which has no netmask", network.text()));
    }
    Ok(network.address(all_ones(network.length) & !network.hosts()).into())
}

fn cidrsubnet(arguments: Arguments<'_>) -> Outcome {
    let network = Network::read(arguments)?;
    let (bits, number) = (arguments.size(1)?, arguments.size(2)?);
    let subnet = network.extended(bits)?;
    if number as u128 > all_ones(subnet.prefix - network.prefix) {
        return Err(format!("{bits} bits do not number a subnet {number}"));
    }
    // a network of no hosts part at all is its only subnet
    let offset = (number as u128).checked_shl(subnet.length - subnet.prefix).unwrap_or_default();
    Ok(Network { first: subnet.first | offset, ..subnet }.text().into())
}

/// Subnets one after the other, each at the next address that its prefix allows.
fn cidrsubnets(arguments: Arguments<'_>) -> Outcome {
    let network = Network::read(arguments)?;
    let last = network.first + network.hosts();
    let mut next = Some(network.first);
    let mut subnets = Vec::new();
    for position in 1..arguments.count() {
        let bits = arguments.size(position)?;
        if bits == 0 {
            return Err("a subnet must have a prefix longer by one bit at least".to_owned());
        }
        let subnet = network.extended(bits)?;
        let full = || format!("{} has no room left for subnet {position}", network.text());
        let hosts = subnet.hosts();
        let free = next.ok_or_else(full)?;
        let first = if free & hosts == 0 { Some(free) } else { (free | hosts).checked_add(1) };
        let first = first.filter(|first| *first <= last).ok_or_else(full)?;
        subnets.push(Network { first, ..subnet }.text());
        next = (first + hosts).checked_add(1);
    }
    Ok(subnets.into_iter().collect())
}
