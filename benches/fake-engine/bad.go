package main

import (
	"net"
	"time"
)

// kind is how an engine behaves; none is a good one.
type kind string

const (
	dead    kind = "dead"    // its socket is there and nobody listens
	slow    kind = "slow"    // it takes slowness for each answer
	garbage kind = "garbage" // what it answers is no HTTP
	noTLS   kind = "no-tls"  // on TCP, for clients that speak TLS: it refuses the handshake
)

const slowness = 5 * time.Second

func (k kind) serve(e *engine, l net.Listener) {
	switch k {
	case dead:
		l.(*net.UnixListener).SetUnlinkOnClose(false)
		l.Close()
	case garbage:
		go reply(l, []byte("\x00\xff\xfe{]garbage\r\n\r\n\x01\x02"))
	case noTLS:
		// an alert, fatal: handshake failure
		go reply(l, []byte{21, 3, 3, 0, 2, 2, 40})
	case slow:
		e.latency += slowness
		e.serve(l)
	default:
		e.serve(l)
	}
}

// reply says the same to whatever is asked, and hangs up.
func reply(l net.Listener, answer []byte) {
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			defer conn.Close()
			if _, err := conn.Read(make([]byte, 4096)); err == nil {
				conn.Write(answer)
			}
		}()
	}
}
