package render

import (
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/catalogue"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor"
)

// state is how a link of the chain is.
type state string

// The states, from the worst to the best. A broken link is where a root cause is; an affected one fails because of another.
const (
	broken   state = "broken"
	affected state = "affected"
	warned   state = "warned"
	unknown  state = "unknown"
	skipped  state = "skipped"
	sound    state = "sound"
)

// link is one part of the way that a secret takes.
type link struct {
	Layer int
	Name  string
	State state
	// Codes are what is wrong there, or cannot be told.
	Codes []cause.Code
}

// linkNames are the parts of the way, by layer.
var linkNames = [...]string{1: "Cluster", 2: "ESO", 3: "Credentials", 4: "TLS", 5: "Infisical", 6: "Project", 7: "Store", 8: "ExternalSecrets"}

// chain judges each part of the way by the worst of its findings. A failure is where its cause is, and what found it is affected.
func (d Document) chain() []link {
	links := make([]link, 0, len(linkNames)-1)
	for layer := 1; layer < len(linkNames); layer++ {
		l := link{Layer: layer, Name: linkNames[layer], State: sound}
		ran := false
		for _, c := range d.Checks {
			s := c.stateIn(layer)
			// What was skipped says nothing, unless nothing else was looked at there.
			if s != "" && s != skipped {
				ran = true
				l.see(s, c)
			}
		}
		if !ran {
			l.State = skipped
		}
		links = append(links, l)
	}
	return links
}

// stateIn is what the finding says of a layer, or "" if nothing.
func (c Check) stateIn(layer int) state {
	own, where := catalogue.LayerOf(c.Code) == layer, catalogue.LayerOf(causeCode(c)) == layer
	switch {
	case c.Acknowledged != nil && own:
		return sound
	case c.RootCause && where:
		return broken
	case c.Status == doctor.Fail && (own || where):
		return affected
	case c.Status == doctor.Warn && where:
		return warned
	case !own:
		return ""
	case c.Status == doctor.Unknown:
		return unknown
	case c.Status == doctor.Skip:
		return skipped
	}
	return sound
}

// rank orders the states from the best to the worst.
var rank = map[state]int{sound: 0, unknown: 1, warned: 2, affected: 3, broken: 4}

func (l *link) see(s state, c Check) {
	if rank[s] > rank[l.State] {
		l.State, l.Codes = s, nil
	}
	code := c.Code
	if s == broken || s == warned {
		code = causeCode(c)
	}
	if s == l.State && s != sound && (len(l.Codes) == 0 || l.Codes[len(l.Codes)-1] != code) {
		l.Codes = append(l.Codes, code)
	}
}
