package store

import (
	"strings"

	"github.com/jackc/pgx/v5/pgtype"
)

// storableText is the type of text that PostgreSQL takes all of: what is no UTF-8, and the zero byte, which it refuses, become U+FFFD.
// It holds for what is stored and for what is looked for, so that one finds the other.
var storableText = &pgtype.Type{Name: "text", OID: pgtype.TextOID, Codec: textCodec{}}

type textCodec struct{ pgtype.TextCodec }

func (c textCodec) PlanEncode(m *pgtype.Map, oid uint32, format int16, value any) pgtype.EncodePlan {
	plan := c.TextCodec.PlanEncode(m, oid, format, value)
	if _, isText := value.(string); !isText || plan == nil {
		return plan
	}
	return storable{plan}
}

type storable struct{ pgtype.EncodePlan }

func (s storable) Encode(value any, buf []byte) ([]byte, error) {
	if text, ok := value.(string); ok {
		value = storableString(text)
	}
	return s.EncodePlan.Encode(value, buf)
}

func storableString(text string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(text, "\ufffd"), "\x00", "\ufffd")
}
