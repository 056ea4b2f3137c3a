package test

import (
	"fmt"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/output"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/proof"
)

// kind of the document.
const kind = "TestResult"

// document is what the test has found out. It holds no value: the hashes are made under a key that exists for one run.
type document struct {
	output.Header
	Store     string `json:"store,omitempty"`
	Namespace string `json:"namespace,omitempty"`
	Compared  bool   `json:"compared"`
	// Uncompared says why not.
	Uncompared string `json:"uncompared,omitempty"`
	Keys       []key  `json:"keys"`
	// Left says what was removed after the test and what stays.
	Left string `json:"left,omitempty"`
}

type key struct {
	Key             string `json:"key"`
	Outcome         string `json:"outcome"`
	Code            string `json:"code,omitempty"`
	Problem         string `json:"problem,omitempty"`
	Fix             string `json:"fix,omitempty"`
	HashInCluster   string `json:"hashInCluster,omitempty"`
	HashInInfisical string `json:"hashInInfisical,omitempty"`
	Milliseconds    int64  `json:"milliseconds"`
}

func (o *Options) document(r proof.Report) *document {
	d := &document{Header: output.NewHeader(kind), Store: o.Desired.Store, Namespace: r.Namespace, Compared: r.Uncompared == nil && len(r.Keys) > 0,
		Keys: []key{}, Left: r.Left.Detail}
	if r.Uncompared != nil {
		d.Uncompared = r.Uncompared.Error()
	}
	for _, k := range r.Keys {
		shown := key{Key: k.Key, Outcome: string(k.Outcome), HashInCluster: k.InCluster, HashInInfisical: k.InInfisical, Milliseconds: k.Took.Milliseconds()}
		if k.Failure != nil {
			shown.Code, shown.Problem, shown.Fix = string(k.Failure.Cause.Code), k.Failure.Cause.Summary, k.Failure.Cause.Fix
		}
		d.Keys = append(d.Keys, shown)
	}
	return d
}

// print writes what is known of every key, also when one of them has failed. What arrived and could not be compared is not proved.
func (o *Options) print(r proof.Report, err error) error {
	if err == nil && r.Uncompared != nil && r.Asked() {
		err = output.ErrUnknown
	}
	if o.Output.Document() {
		return output.Write(o.Factory.Streams.Out, o.Output, kind, o.document(r), err, nil)
	}
	for _, k := range r.Keys {
		if err == nil || k.Failure == nil || len(r.Keys) > 1 {
			fmt.Fprintln(o.Factory.Streams.Out, k.Sentence())
		}
	}
	if r.Uncompared != nil {
		o.Factory.Note("nothing was compared with Infisical: " + r.Uncompared.Error())
		if r.Asked() {
			o.Factory.Note("for an Infisical that only the cluster reaches: --via service/NAME.NAMESPACE[:PORT], or --verify=none to do without")
		}
	}
	if r.Left.Outcome == "" && r.Left.Detail != "" {
		o.Factory.Note(r.Left.Detail)
	}
	return err
}
