package checks

import (
	"net"
	"net/url"
	"strings"

	"golang.org/x/net/idna"
)

// internationalized is how names with other letters than ASCII become those of DNS; "_dmarc" is a label of one too.
var internationalized = idna.New(idna.MapForLookup(), idna.BidiRule(), idna.Transitional(false), idna.StrictDomainName(false), idna.VerifyDNSLength(true))

// asciiName is a name as DNS, certificates and HTTP have it: "пример.рф" is "xn--e1afmkfd.xn--p1ai". One in ASCII stays as it is.
func asciiName(name string) (string, error) {
	if isASCII(name) {
		return name, nil
	}
	return internationalized.ToASCII(name)
}

func isASCII(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r >= 0x80 })
}

// asciiAddress is asciiName of a name, or of the host of host:port. What is no name stays as it is.
func asciiAddress(address string) string {
	if isASCII(address) {
		return address
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		host, port = address, ""
	}
	name, err := asciiName(host)
	switch {
	case err != nil:
		return address
	case port == "":
		return name
	default:
		return net.JoinHostPort(name, port)
	}
}

// asciiURL changes the host of a URL likewise.
func asciiURL(u *url.URL) error {
	if isASCII(u.Host) {
		return nil
	}
	name, err := asciiName(u.Hostname())
	if err != nil {
		return err
	}
	if port := u.Port(); port != "" {
		name = net.JoinHostPort(name, port)
	}
	u.Host = name
	return nil
}

// shownName is a name as people write it.
func shownName(name string) string {
	if !strings.Contains(strings.ToLower(name), "xn--") {
		return name
	}
	shown, err := idna.Display.ToUnicode(name)
	if err != nil {
		return name
	}
	return shown
}
