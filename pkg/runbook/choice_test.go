package runbook

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/setup"
)

func TestChoice(t *testing.T) {
	for name, tt := range map[string]struct {
		choice Choice
		want   string
	}{
		"all":       {Choice{}, "install bootstrap apply-ca apply-store test cleanup"},
		"from":      {Choice{From: ApplyStore}, "apply-store test cleanup"},
		"the first": {Choice{From: Install}, "install bootstrap apply-ca apply-store test cleanup"},
		"only":      {Choice{Only: []string{Test, Install}}, "install test"},
	} {
		taken := slices.DeleteFunc(Steps(), func(step string) bool { return !tt.choice.Takes(step) })
		if got := strings.Join(taken, " "); got != tt.want || tt.choice.Validate() != nil {
			t.Errorf("%s: %s, %v", name, got, tt.choice.Validate())
		}
	}
}

func TestAChoiceThatIsNone(t *testing.T) {
	for text, choice := range map[string]Choice{
		`no step "instal"`:   {From: "instal"},
		`no step "ready"`:    {Only: []string{Test, ready}},
		"exclude each other": {From: Test, Only: []string{Test}},
	} {
		var input *setup.InputError
		if err := choice.Validate(); !errors.As(err, &input) || !strings.Contains(err.Error(), text) {
			t.Errorf("%+v: %v", choice, err)
		}
	}
}
