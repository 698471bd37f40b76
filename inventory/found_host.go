package inventory

import (
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"opsbot/inventory/found"
	"opsbot/model"
)

// Tame turns somebody else's name into a valid one: invalid characters become "-". It is "" if nothing is left.
func Tame(name string) string {
	name = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || !unicode.IsPrint(r) || strings.ContainsRune(`,/@="{};`, r) {
			return '-'
		}
		return r
	}, strings.ToValidUTF8(strings.TrimSpace(name), "-"))
	name = strings.Trim(name, "-")
	if runes := []rune(name); len(runes) > 64 { // the limit of model.CheckName
		name = strings.TrimRight(string(runes[:64]), "-")
	}
	if model.CheckName(name) != nil {
		return ""
	}
	return name
}

// maxLabel bounds a label's value: a longer one is a text, not a label.
const maxLabel = 128 // runes

// tameLabels drops what cannot be in a column of labels.
func tameLabels(labels model.Labels) model.Labels {
	out := model.Labels{}
	for key, val := range labels {
		val = strings.Join(strings.Fields(strings.ToValidUTF8(val, "")), " ")
		val = strings.ReplaceAll(val, ";", ",")
		if key = Tame(key); key != "" && val != "" && len([]rune(val)) <= maxLabel {
			out[key] = val
		}
	}
	return out
}

func labelText(labels model.Labels) string {
	marks := make([]string, 0, len(labels))
	for _, key := range slices.Sorted(maps.Keys(labels)) {
		marks = append(marks, key+"="+labels[key])
	}
	return strings.Join(marks, ";")
}

// own reports whether an address means "this machine" to whoever wrote it. Other loopback addresses may be a simulated fleet.
func own(a netip.Addr) bool {
	return a.IsUnspecified() || a == netip.AddrFrom4([4]byte{127, 0, 0, 1}) || a == netip.IPv6Loopback()
}

// tamed is a found host with valid names, labels and address; ok is false if no name is left. An address that is a name becomes
// the host's name, to be resolved by DNS, and its own name an alias.
func tamed(h model.FoundHost) (model.FoundHost, bool) {
	address, _ := found.Address(h.Address)
	h.Address = ""
	if name, rest := found.Address(h.Name); len(rest) == 0 {
		if a, err := netip.ParseAddr(name); err == nil { // with a port, or in brackets
			h.Name = a.String()
		}
	}
	names := append([]string{h.Name}, h.Aliases...)
	if a, err := netip.ParseAddr(address); err == nil {
		if a = plain(a); !own(a) {
			h.Address = a.String()
		}
	} else if name, err := dnsName(address); err == nil && address != "" {
		names = append([]string{name}, names...)
	}
	if strings.TrimSpace(h.Name) == "" && h.Address != "" {
		names = append([]string{h.Address}, names...)
	}
	var words []string
	for _, name := range names {
		if a, err := netip.ParseAddr(name); err == nil && own(plain(a)) {
			continue // of the sender itself
		}
		words = union(words, Tame(name))
	}
	if len(words) == 0 {
		return h, false
	}
	h.Name, h.Aliases = words[0], words[1:]
	if a, err := netip.ParseAddr(h.Name); err == nil { // a host named by an address has that one
		h.Name, h.Address = plain(a).String(), plain(a).String()
	}
	if isSLA(h.Tier) { // a promise is no tier
		h.Labels = h.Labels.Merged(model.Labels{"sla": h.Tier})
		h.Tier = ""
	}
	h.Client, h.Tier, h.Labels = Tame(h.Client), Tame(h.Tier), tameLabels(h.Labels)
	var services []string
	for _, name := range h.Services {
		services = union(services, Tame(name))
	}
	h.Services = services
	if h.Client == "" {
		h.Tier, h.Services = "", nil
	}
	return h, true
}

// leastSLA is the lowest availability that anybody promises, in percent; smaller numbers may well be the names of tiers.
const leastSLA = 90

// isSLA reports whether what should be a tier is an availability: "99.9", "99,5 %".
func isSLA(tier string) bool {
	number, percent := strings.CutSuffix(strings.TrimSpace(tier), "%")
	v, err := strconv.ParseFloat(strings.Replace(strings.TrimSpace(number), ",", ".", 1), 64)
	return err == nil && (percent || v >= leastSLA && v <= 100)
}
