package driver

import "testing"

func TestMessagesAreCountedInWhateverPiecesTheyCome(t *testing.T) {
	stream := []byte{0, 0, 0, 0, 3, 'a', 'b', 'c', 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 'd'}
	for size := 1; size <= len(stream); size++ {
		var c counter
		for at := 0; at < len(stream); at += size {
			c.add(stream[at:min(at+size, len(stream))])
		}
		if c.whole != 3 || c.bytes != 4 || c.left != 0 {
			t.Errorf("pieces of %d bytes: %+v, want 3 messages of 4 bytes", size, c)
		}
	}
}
