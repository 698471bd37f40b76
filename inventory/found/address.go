package found

import (
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// absent are words that people write where there is nothing.
var absent = []string{"", "-", "--", "—", "–", "?", "n/a", "na", "none", "null", "nil", "nan", "tbd", "dhcp", "dynamic", "unknown", "нет", "неизвестно", "не задан", "0.0.0.0/0"}

// Address is the address in a text as other programs write it: with a port, the length of a prefix, brackets, a scheme, several in one
// cell. It is the first IP address, else the first name. rest is what else the text says.
func Address(text string) (address string, rest []string) {
	text = strings.TrimSpace(text)
	if slices.Contains(absent, strings.ToLower(text)) {
		return "", nil
	}
	var addrs, names []string
	for part := range strings.FieldsFuncSeq(text, func(r rune) bool { return strings.ContainsRune(",;| \t\r\n\u00a0", r) }) {
		host, isIP := hostOf(part)
		switch {
		case isIP:
			addrs = append(addrs, host)
		case host != "":
			names = append(names, host)
		default:
			rest = append(rest, part)
		}
	}
	all := slices.Concat(addrs, names)
	if len(addrs) == 0 && len(names)+len(rest) > 1 { // words of a sentence are no names
		return "", []string{text}
	}
	if len(all) == 0 {
		return "", rest
	}
	return all[0], append(slices.DeleteFunc(all[1:], func(s string) bool { return s == all[0] }), rest...)
}

// hostOf is the IP address or the name in one word; "" if it is neither.
func hostOf(word string) (host string, isIP bool) {
	if u, err := url.Parse(word); err == nil && u.Host != "" {
		word = u.Host
	}
	word = strings.Trim(word, `"'`)
	host, _, _ = strings.Cut(word, "/")
	if name, port, err := net.SplitHostPort(host); err == nil && isNumber(port) {
		host = name
	}
	host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	if addr, err := netip.ParseAddr(host); err == nil {
		return addr.WithZone("").Unmap().String(), true
	}
	if !isName(host) {
		return "", false
	}
	return host, false
}

func isNumber(text string) bool { return text != "" && strings.Trim(text, "0123456789") == "" }

// isName reports whether a word can be a name of DNS: a malformed IP address cannot.
func isName(word string) bool {
	last := word[strings.LastIndexByte(strings.TrimSuffix(word, "."), '.')+1:]
	return word != "" && !isNumber(strings.TrimSuffix(last, ".")) && !strings.ContainsFunc(word, func(r rune) bool {
		return r < 0x80 && !strings.ContainsRune("-_.", r) && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	})
}
