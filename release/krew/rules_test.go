package krew

import (
	"fmt"
	"strings"
	"testing"
)

// sound is a manifest without a fault.
func sound() Manifest {
	m := Manifest{APIVersion: APIVersion, Kind: Kind, Metadata: Metadata{"eso-infisical"}, Spec: Spec{Version: "v1.2.3",
		Homepage: "https://github.com/o/r", ShortDescription: "Short", Description: "Long\nand wrapped\n"}}
	for _, pair := range Released {
		m.Spec.Platforms = append(m.Spec.Platforms, Platform{URI: "https://github.com/o/r/releases/download/v1.2.3/" + Archive(pair),
			SHA256: strings.Repeat("0a", 32), Bin: Binary(pair), Selector: Selector{map[string]string{"os": pair.OS, "arch": pair.Arch}}})
	}
	return m
}

func TestASoundManifest(t *testing.T) {
	m := sound()
	if problems := append(m.Problems("eso-infisical"), m.House()...); len(problems) > 0 {
		t.Errorf("%q", problems)
	}
	if problems := m.Problems(""); len(problems) > 0 {
		t.Errorf("under any name: %q", problems)
	}
}

func TestWhatKrewRefuses(t *testing.T) {
	first := func(change func(*Platform)) func(*Manifest) {
		return func(m *Manifest) { change(&m.Spec.Platforms[0]) }
	}
	for want, spoil := range map[string]func(*Manifest){
		"apiVersion is":                    func(m *Manifest) { m.APIVersion = "krew.sigs.k8s.io/v1" },
		"kind is":                          func(m *Manifest) { m.Kind = "Plug" },
		"cannot be a plugin's name":        func(m *Manifest) { m.Metadata.Name = "eso infisical" },
		`"NUL" cannot be`:                  func(m *Manifest) { m.Metadata.Name = "NUL" },
		"the file is":                      func(m *Manifest) { m.Metadata.Name = "other" },
		`version "1.2.3"`:                  func(m *Manifest) { m.Spec.Version = "1.2.3" },
		`version "v1.2"`:                   func(m *Manifest) { m.Spec.Version = "v1.2" },
		"shortDescription is not one line": func(m *Manifest) { m.Spec.ShortDescription = "a\nb" },
		"there is no platform":             func(m *Manifest) { m.Spec.Platforms = nil },
		"platform 0: uri is missing":       first(func(p *Platform) { p.URI = "" }),
		"64 lower-case":                    first(func(p *Platform) { p.SHA256 = strings.Repeat("0A", 32) }),
		"platform 0: sha256":               first(func(p *Platform) { p.SHA256 = "00" }),
		"platform 0: bin is missing":       first(func(p *Platform) { p.Bin = "" }),
		"platform 0: selector is empty":    first(func(p *Platform) { p.Selector.MatchLabels = nil }),
		`the label "libc"`:                 first(func(p *Platform) { p.Selector.MatchLabels["libc"] = "musl" }),
		"selector matches no system":       first(func(p *Platform) { p.Selector.MatchLabels["arch"] = "mips" }),
		"linux_amd64 matches 2 platforms":  func(m *Manifest) { m.Spec.Platforms = append(m.Spec.Platforms, m.Spec.Platforms[0]) },
		"linux_arm64 matches 2 platforms":  first(func(p *Platform) { delete(p.Selector.MatchLabels, "arch") }),
		"files is there and empty":         first(func(p *Platform) { p.Files = []File{} }),
		`files moves "x" to "./x"`:         first(func(p *Platform) { p.Files = []File{{"x", "./x"}} }),
		"files moves \"\"":                 first(func(p *Platform) { p.Files = []File{{"", "x"}} }),
	} {
		m := sound()
		spoil(&m)
		if problems := m.Problems("eso-infisical"); !strings.Contains(strings.Join(problems, "\n"), want) {
			t.Errorf("%s: %q", want, problems)
		}
	}
}

func TestWhatTheHouseRefuses(t *testing.T) {
	for want, spoil := range map[string]func(*Manifest){
		"51 characters":          func(m *Manifest) { m.Spec.ShortDescription = strings.Repeat("x", 51) },
		"full stop":              func(m *Manifest) { m.Spec.ShortDescription = "Short." },
		"description is missing": func(m *Manifest) { m.Spec.Description = "" },
		"a line of 81":           func(m *Manifest) { m.Spec.Description = strings.Repeat("x", 81) },
		"there are 5 platforms":  func(m *Manifest) { m.Spec.Platforms = m.Spec.Platforms[:5] },
		"windows_arm64 has no":   func(m *Manifest) { m.Spec.Platforms = m.Spec.Platforms[:5] },
		"linux_amd64: bin is":    func(m *Manifest) { m.Spec.Platforms[0].Bin = "kubectl-eso-infisical" },
		"linux_amd64: uri is":    func(m *Manifest) { m.Spec.Version = "v1.2.4" },
		"linux_amd64: files":     func(m *Manifest) { m.Spec.Platforms[0].Files = []File{{"a", "b"}} },
		"windows_amd64: bin is":  func(m *Manifest) { m.Spec.Platforms[4].Bin = "kubectl-eso_infisical" },
	} {
		m := sound()
		spoil(&m)
		if problems := m.House(); !strings.Contains(strings.Join(problems, "\n"), want) {
			t.Errorf("%s: %q", want, problems)
		}
	}
}

func TestAFieldThatIsMisspeltIsNotPassedOver(t *testing.T) {
	_, err := Read([]byte(fmt.Sprintf("apiVersion: %s\nkind: Plugin\nspec: {shortDesciption: x}\n", APIVersion)))
	if err == nil || !strings.Contains(err.Error(), "shortDesciption") {
		t.Error(err)
	}
}

func TestTheArchiveForASystem(t *testing.T) {
	m := sound()
	if p, found := m.For(Pair{"windows", "arm64"}); !found || !strings.HasSuffix(p.URI, "_windows_arm64.zip") {
		t.Errorf("%t, %+v", found, p)
	}
	if _, found := m.For(Pair{"linux", "386"}); found {
		t.Error("there is one for a system that is not released")
	}
}
