package checks

import (
	"encoding/asn1"
	"io"
)

// startLDAPRequest is message 1, an ExtendedRequest of 1.3.6.1.4.1.1466.20037.
const startLDAPRequest = "\x30\x1d\x02\x01\x01\x77\x18\x80\x161.3.6.1.4.1.1466.20037"

// The tags of an answer in BER: LDAPMessage, messageID, ExtendedResponse, resultCode.
const (
	tagMessage  = 0x30
	tagID       = asn1.TagInteger
	tagResponse = 0x78
	tagCode     = asn1.TagEnum
	tagText     = asn1.TagOctetString
)

const notLDAP = refusal("it does not speak this protocol")

func startLDAP(d *dialogue) error {
	if _, err := io.WriteString(d.w, startLDAPRequest); err != nil {
		return err
	}
	size, err := d.messageSize()
	if err != nil {
		return err
	}
	message := make([]byte, size)
	if _, err := io.ReadFull(d.r, message); err != nil {
		return err
	}
	return readLDAP(message)
}

// messageSize peeks at the size of the message, header included.
func (d *dialogue) messageSize() (int, error) {
	head, err := d.r.Peek(2)
	if err != nil {
		return 0, err
	}
	if extra := int(head[1]) - 0x80; extra > 0 { // the long form, which some servers always use
		if head, err = d.r.Peek(2 + min(extra, 4)); err != nil {
			return 0, err
		}
	}
	length, used, ok := berLength(head[1:])
	if head[0] != tagMessage || !ok {
		return 0, notLDAP
	}
	return 1 + used + length, nil
}

// maxBER bounds an element: an answer has no reason to be longer.
const maxBER = 4 << 10

// berLength parses a length, and returns how many bytes encode it.
func berLength(b []byte) (length, used int, ok bool) {
	if len(b) == 0 {
		return 0, 0, false
	}
	extra := int(b[0]) - 0x80
	if extra < 0 {
		return int(b[0]), 1, true
	}
	if extra == 0 || extra > 4 || len(b) < 1+extra {
		return 0, 0, false
	}
	for _, c := range b[1 : 1+extra] {
		length = length<<8 | int(c)
	}
	return length, 1 + extra, length <= maxBER
}

// berNext splits off one element with that tag.
func berNext(b []byte, tag byte) (content, rest []byte, ok bool) {
	if len(b) < 2 || b[0] != tag {
		return nil, nil, false
	}
	length, used, ok := berLength(b[1:])
	if !ok || len(b) < 1+used+length {
		return nil, nil, false
	}
	return b[1+used : 1+used+length], b[1+used+length:], true
}

// readLDAP evaluates the answer: code 0 is "go ahead".
func readLDAP(message []byte) error {
	inner, _, ok := berNext(message, tagMessage)
	if !ok {
		return notLDAP
	}
	_, rest, ok := berNext(inner, tagID)
	if !ok {
		return notLDAP
	}
	response, _, ok := berNext(rest, tagResponse)
	if !ok {
		return notLDAP
	}
	code, rest, ok := berNext(response, tagCode)
	switch {
	case !ok || len(code) != 1:
		return notLDAP
	case code[0] == 0:
		return nil
	}
	if _, rest, ok = berNext(rest, tagText); ok { // after the matched name
		if said, _, ok := berNext(rest, tagText); ok && len(said) > 0 {
			return refused(string(said))
		}
	}
	return refusal("it refuses")
}
