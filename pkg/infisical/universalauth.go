package infisical

import (
	"context"
	"net/url"
	"strconv"
	"time"
)

// UniversalAuthConfig is how a machine identity logs in with a client ID and client secrets.
type UniversalAuthConfig struct {
	// ClientID is made by the server and never changes.
	ClientID                          string
	AccessTokenTTL, AccessTokenMaxTTL time.Duration
	// AccessTokenUses limits how often a token may be used; 0 is no limit.
	AccessTokenUses int
	// TrustedIPs are the addresses and ranges that may present a client secret; none given are all.
	TrustedIPs []string
	// LockoutDuration is how long the identity is locked after failed logins; 0 on servers that lock nobody, and for their default.
	LockoutDuration time.Duration
}

type wireUniversalAuth struct {
	ClientID      string `json:"clientId"`
	TTL           int64  `json:"accessTokenTTL"`
	MaxTTL        int64  `json:"accessTokenMaxTTL"`
	UsesLimit     int    `json:"accessTokenNumUsesLimit"`
	LockoutLength int64  `json:"lockoutDurationSeconds"`
	TrustedIPs    []struct {
		Address string `json:"ipAddress"`
		Prefix  *int   `json:"prefix"`
	} `json:"clientSecretTrustedIps"`
}

func (w wireUniversalAuth) config() UniversalAuthConfig {
	c := UniversalAuthConfig{ClientID: w.ClientID, AccessTokenTTL: seconds(w.TTL), AccessTokenMaxTTL: seconds(w.MaxTTL),
		AccessTokenUses: w.UsesLimit, LockoutDuration: seconds(w.LockoutLength)}
	for _, ip := range w.TrustedIPs {
		c.TrustedIPs = append(c.TrustedIPs, withPrefix(ip.Address, ip.Prefix))
	}
	return c
}

func seconds(n int64) time.Duration { return time.Duration(n) * time.Second }

func universalAuthPath(identityID string) string {
	return "/api/v1/auth/universal-auth/identities/" + url.PathEscape(identityID)
}

// AttachUniversalAuth gives the identity a client ID. Servers of 2024 allow one way to log in for each identity.
func (s *Session) AttachUniversalAuth(ctx context.Context, identityID string, c UniversalAuthConfig) (UniversalAuthConfig, error) {
	in := map[string]any{"accessTokenTTL": int64(c.AccessTokenTTL.Seconds()), "accessTokenMaxTTL": int64(c.AccessTokenMaxTTL.Seconds()),
		"accessTokenNumUsesLimit": c.AccessTokenUses}
	if len(c.TrustedIPs) > 0 {
		in["clientSecretTrustedIps"] = addresses(c.TrustedIPs)
	}
	if c.LockoutDuration > 0 {
		in["lockoutDurationSeconds"] = int64(c.LockoutDuration.Seconds())
	}
	var out struct {
		Config wireUniversalAuth `json:"identityUniversalAuth"`
	}
	err := s.post(ctx, "attach universal auth", universalAuthPath(identityID), in, &out, untouched)
	return out.Config.config(), err
}

// UniversalAuthConfig reads how the identity logs in, and reports false where universal auth is not attached.
func (s *Session) UniversalAuthConfig(ctx context.Context, identityID string) (UniversalAuthConfig, bool, error) {
	var out struct {
		Config wireUniversalAuth `json:"identityUniversalAuth"`
	}
	err := s.get(ctx, "read the universal auth", universalAuthPath(identityID), nil, &out)
	if absent(err) {
		return UniversalAuthConfig{}, false, nil
	}
	return out.Config.config(), err == nil, err
}

// ClearLockouts ends the identity's locks and returns how many there were; ErrUnsupported says that the server locks nobody.
func (s *Session) ClearLockouts(ctx context.Context, identityID string) (int, error) {
	var out struct {
		Deleted int `json:"deleted"`
	}
	err := s.post(ctx, "end the identity's locks", universalAuthPath(identityID)+"/clear-lockouts", map[string]any{}, &out, always)
	if unsupported(err) {
		return 0, ErrUnsupported
	}
	if err == nil {
		s.client.forgive()
	}
	return out.Deleted, err
}

func addresses(trusted []string) []map[string]string {
	out := make([]map[string]string, 0, len(trusted))
	for _, t := range trusted {
		out = append(out, map[string]string{"ipAddress": t})
	}
	return out
}

// withPrefix writes an address with the length of its network, where there is one.
func withPrefix(address string, prefix *int) string {
	if prefix == nil {
		return address
	}
	return address + "/" + strconv.Itoa(*prefix)
}
