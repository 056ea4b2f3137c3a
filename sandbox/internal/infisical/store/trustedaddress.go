package store

import (
	"net/netip"
	"strings"
)

// TrustedAddress is an address or a range that calls may come from.
type TrustedAddress struct {
	Address string
	Prefix  int // of a range; -1 for a single address
}

// Everywhere are the ranges that trust every address.
func Everywhere() []TrustedAddress {
	return []TrustedAddress{{Address: "0.0.0.0", Prefix: 0}, {Address: "::", Prefix: 0}}
}

// Type is "ipv4" or "ipv6".
func (t TrustedAddress) Type() string {
	if strings.Contains(t.Address, ":") {
		return "ipv6"
	}
	return "ipv4"
}

func (t TrustedAddress) covers(address netip.Addr) bool {
	own, err := netip.ParseAddr(t.Address)
	if err != nil {
		return false
	}
	if t.Prefix < 0 {
		return own == address
	}
	return netip.PrefixFrom(own, t.Prefix).Contains(address)
}

// trusts says whether a call from the address is let in. The address of a caller that is not known is never trusted,
// unless every address is.
func trusts(list []TrustedAddress, address string) bool {
	parsed, err := netip.ParseAddr(address)
	for _, trusted := range list {
		if trusted.Prefix == 0 && err != nil || err == nil && trusted.covers(parsed.Unmap()) {
			return true
		}
	}
	return false
}

// ParseTrusted reads addresses and ranges as people write them.
func ParseTrusted(texts []string) ([]TrustedAddress, *Failure) {
	list := make([]TrustedAddress, 0, len(texts))
	for _, text := range texts {
		if prefix, err := netip.ParsePrefix(text); err == nil {
			list = append(list, TrustedAddress{Address: prefix.Addr().String(), Prefix: prefix.Bits()})
			continue
		}
		address, err := netip.ParseAddr(text)
		if err != nil {
			return nil, Fail(AddressInvalid)
		}
		list = append(list, TrustedAddress{Address: address.String(), Prefix: -1})
	}
	return list, nil
}

// allowedByPlan refuses anything but "everywhere" where the plan does. It needs s.mu held.
func (s *Store) allowedByPlan(lists ...[]TrustedAddress) *Failure {
	if s.settings.Plan.TrustedRanges {
		return nil
	}
	for _, list := range lists {
		for _, trusted := range list {
			if trusted.Prefix != 0 {
				return Fail(AddressPlanMissing)
			}
		}
	}
	return nil
}
