package driver

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
	"google.golang.org/protobuf/proto"
)

// window is as large as flow control allows: the plugin never waits for it.
const window = 1<<31 - 1

// RawResult is what a scan gave to a reader that decodes nothing.
type RawResult struct {
	Rows  int
	Bytes int64 // of the messages
	Took  time.Duration
}

// RunRaw runs a scan over a connection of its own and counts the messages
// without looking into them: what then takes time is the plugin.
func (p *Plugin) RunRaw(q Query) (RawResult, error) {
	var r RawResult
	body, err := proto.Marshal(q.Request())
	if err != nil {
		return r, err
	}
	conn, err := net.Dial("unix", p.socket)
	if err != nil {
		return r, err
	}
	defer conn.Close()
	framer, err := openHTTP2(conn)
	if err != nil {
		return r, err
	}
	began := time.Now()
	if err := post(framer, "/proto.WrapperPlugin/Execute", body); err != nil {
		return r, err
	}
	err = r.read(framer)
	r.Took = time.Since(began)
	return r, err
}

func openHTTP2(conn net.Conn) (*http2.Framer, error) {
	if _, err := conn.Write([]byte(http2.ClientPreface)); err != nil {
		return nil, err
	}
	framer := http2.NewFramer(conn, bufio.NewReaderSize(conn, 1<<20))
	framer.SetReuseFrames()
	err := framer.WriteSettings(
		http2.Setting{ID: http2.SettingInitialWindowSize, Val: window},
		http2.Setting{ID: http2.SettingMaxFrameSize, Val: 1 << 20},
	)
	framer.SetMaxReadFrameSize(1 << 20)
	return framer, errors.Join(err, framer.WriteWindowUpdate(0, window-65535))
}

func post(framer *http2.Framer, path string, body []byte) error {
	var headers bytes.Buffer
	encoder := hpack.NewEncoder(&headers)
	for _, field := range [][2]string{
		{":method", "POST"}, {":scheme", "http"}, {":path", path}, {":authority", "unused"},
		{"content-type", "application/grpc"}, {"te", "trailers"},
	} {
		if err := encoder.WriteField(hpack.HeaderField{Name: field[0], Value: field[1]}); err != nil {
			return err
		}
	}
	err := framer.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: headers.Bytes(), EndHeaders: true})
	message := append([]byte{0}, binary.BigEndian.AppendUint32(nil, uint32(len(body)))...)
	return errors.Join(err, framer.WriteData(1, true, append(message, body...)))
}

func (r *RawResult) read(framer *http2.Framer) error {
	var messages counter
	failed := ""
	decoder := hpack.NewDecoder(4096, func(f hpack.HeaderField) {
		switch {
		case f.Name == "grpc-message":
			failed += f.Value
		case f.Name == "grpc-status" && f.Value != "0":
			failed = "status " + f.Value + ": " + failed
		}
	})
	for {
		frame, err := framer.ReadFrame()
		if err != nil {
			return err
		}
		ended := false
		switch f := frame.(type) {
		case *http2.SettingsFrame:
			if !f.IsAck() {
				err = framer.WriteSettingsAck()
			}
		case *http2.PingFrame:
			if !f.IsAck() {
				err = framer.WritePing(true, f.Data)
			}
		case *http2.DataFrame:
			messages.add(f.Data())
			ended = f.StreamEnded()
		case *http2.HeadersFrame:
			if _, err = decoder.Write(f.HeaderBlockFragment()); err == nil && f.HeadersEnded() {
				err = decoder.Close()
			}
			ended = f.StreamEnded()
		case *http2.RSTStreamFrame:
			err = fmt.Errorf("the plugin reset the stream: %v", f.ErrCode)
		case *http2.GoAwayFrame:
			err = fmt.Errorf("the plugin ends the connection: %v", f.ErrCode)
		}
		if err != nil {
			return err
		}
		if ended {
			break
		}
	}
	r.Rows, r.Bytes = messages.whole, messages.bytes
	if failed != "" {
		return errors.New(failed)
	}
	return nil
}

// counter counts gRPC messages in the pieces that they come in.
type counter struct {
	whole  int
	bytes  int64
	left   int64  // bytes of the message under way
	prefix []byte // what came of the next message's five bytes before it
}

func (c *counter) add(data []byte) {
	for len(data) > 0 {
		if c.left > 0 {
			n := min(c.left, int64(len(data)))
			data, c.left = data[n:], c.left-n
			if c.left == 0 {
				c.whole++
			}
			continue
		}
		n := min(5-len(c.prefix), len(data))
		c.prefix, data = append(c.prefix, data[:n]...), data[n:]
		if len(c.prefix) == 5 {
			c.left = int64(binary.BigEndian.Uint32(c.prefix[1:]))
			c.bytes += c.left
			c.prefix = c.prefix[:0]
			if c.left == 0 {
				c.whole++
			}
		}
	}
}
