package helm

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"helm.sh/helm/v3/pkg/action"
	"helm.sh/helm/v3/pkg/chart"
	"helm.sh/helm/v3/pkg/kube"
	"helm.sh/helm/v3/pkg/release"
	"helm.sh/helm/v3/pkg/storage/driver"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"sigs.k8s.io/yaml"
)

// maxHistory bounds the revisions kept; one of ESO's takes more than half a megabyte in etcd, and zero would mean unlimited.
const maxHistory = 5

// OperationTimeout is more than an install or upgrade of this program takes, which waits for nothing to start. A revision of its own that
// has been pending for longer has lost the run that worked on it.
const OperationTimeout = time.Minute

// Labels of the revisions that this program makes; Helm keeps them on the Secrets that hold a release, and hands them on to the next
// revision, whoever makes that. So the mark names the revision that it is for.
const (
	madeByLabel   = "eso-infisical.dev/made-by"
	madeBy        = "kubectl-eso-infisical"
	revisionLabel = "eso-infisical.dev/revision"
)

// mark is what this program writes on the revision that it makes.
func mark(revision int) map[string]string {
	return map[string]string{madeByLabel: madeBy, revisionLabel: strconv.Itoa(revision)}
}

// marked reports whether this program has made the revision.
func marked(labels map[string]string, revision int) bool {
	return labels[madeByLabel] == madeBy && labels[revisionLabel] == strconv.Itoa(revision)
}

// Client installs into and reads from one namespace.
type Client struct {
	config    *action.Configuration
	namespace string
}

// Status of a release.
type Status string

// The states that a caller decides on. Pending covers an install, upgrade or rollback that has not ended, be it alive or dead.
const (
	Absent   Status = "absent"
	Deployed Status = "deployed"
	Failed   Status = "failed"
	Pending  Status = "pending"
	Other    Status = "other"
)

// Release is what is known of a release's last revision.
type Release struct {
	Name         string
	Status       Status
	RawStatus    string
	Revision     int
	ChartVersion string
	AppVersion   string
	Updated      time.Time
	// Ours is set when this program made this very revision.
	Ours bool
	// GivenUp is set when this program has recorded the revision as failed, since its run had died, and has not come further.
	GivenUp bool
	// Values are those that the release was given, without the chart's defaults. They are not to be shown.
	Values map[string]any
	// Deployments are the names of those in the release's manifest.
	Deployments []string
}

// ownAsHelm makes Helm's objects belong to "helm", so that a later helm upgrade of either major version owns what is made here. The default
// would be the name of this binary. Helm keeps that in a variable that all clients share.
var ownAsHelm = sync.OnceFunc(func() { kube.ManagedFieldsManager = "helm" })

// NewClient prepares Helm for a namespace. It contacts nobody yet.
func NewClient(getter genericclioptions.RESTClientGetter, namespace string) (*Client, error) {
	ownAsHelm()
	config := &action.Configuration{}
	// Helm's debug log can hold a whole release Secret, so it goes nowhere.
	if err := config.Init(getter, namespace, "secret", func(string, ...any) {}); err != nil {
		return nil, fmt.Errorf("prepare Helm: %w", err)
	}
	if client, ok := config.KubeClient.(*kube.Client); ok {
		client.Namespace = namespace
	}
	return &Client{config: config, namespace: namespace}, nil
}

// Get reads the last revision of a release; a release that does not exist has the status Absent.
func (c *Client) Get(name string) (Release, error) {
	last, err := c.config.Releases.Last(name)
	if errors.Is(err, driver.ErrReleaseNotFound) {
		return Release{Name: name, Status: Absent}, nil
	}
	if err != nil {
		return Release{}, fmt.Errorf("read Helm release %s in namespace %s: %w", name, c.namespace, err)
	}
	return describe(last), nil
}

func describe(r *release.Release) Release {
	d := Release{Name: r.Name, Revision: r.Version, Status: Other, Ours: marked(r.Labels, r.Version), Values: r.Config, Deployments: deployments(r.Manifest)}
	if r.Info != nil {
		d.RawStatus, d.Updated = r.Info.Status.String(), r.Info.LastDeployed.Time
		d.Status = statusOf(r.Info.Status)
		d.GivenUp = d.Status == Failed && r.Info.Description == givenUp
	}
	if r.Chart != nil && r.Chart.Metadata != nil {
		d.ChartVersion, d.AppVersion = r.Chart.Metadata.Version, r.Chart.Metadata.AppVersion
	}
	return d
}

func statusOf(s release.Status) Status {
	switch {
	case s == release.StatusDeployed:
		return Deployed
	case s == release.StatusFailed:
		return Failed
	case s.IsPending():
		return Pending
	case s == release.StatusUninstalled:
		return Absent
	}
	return Other
}

// deployments finds the names of the Deployments in a manifest. Only their documents are parsed: the manifest holds megabytes of
// custom resource definitions.
func deployments(manifest string) []string {
	var names []string
	for _, document := range strings.Split(manifest, "\n---\n") {
		if !strings.Contains("\n"+document, "\nkind: Deployment\n") {
			continue
		}
		var object struct {
			Metadata struct{ Name string }
		}
		if err := yaml.Unmarshal([]byte(document), &object); err == nil {
			names = append(names, object.Metadata.Name)
		}
	}
	return names
}

// Operation is what is to be made of a release.
type Operation struct {
	Name   string
	Chart  *Chart
	Values map[string]any
	// TakeOwnership adopts objects of the chart that exist already and belong to no release, or to another one.
	TakeOwnership bool
}

// Install makes the release's first revision, creating the namespace, and does not wait for anything to start.
//
// Helm cannot be cancelled half-way: its goroutine would go on behind our back and record whatever comes of it. So Install sees
// it through, a matter of seconds, and reports the interruption then.
func (c *Client) Install(ctx context.Context, op Operation) (Release, error) {
	next, err := c.nextRevision(op.Name)
	if err != nil {
		return Release{}, err
	}
	install := action.NewInstall(c.config)
	install.ReleaseName, install.Namespace, install.CreateNamespace = op.Name, c.namespace, true
	// A release that was uninstalled with its history kept may take its name again. Where there is no history, one that appears meanwhile
	// is another run's, and must not be replaced.
	install.Replace = next > 1
	install.Timeout, install.Labels, install.TakeOwnership = OperationTimeout, mark(next), op.TakeOwnership
	return run(ctx, "install", op, install.RunWithContext)
}

// Resume ends what an interrupted install of this program has left: the chart is applied over it as a new revision.
func (c *Client) Resume(ctx context.Context, op Operation) (Release, error) {
	return c.applyOver(ctx, "resume", op)
}

// nextRevision is the number that Helm will give to the revision after the last one.
func (c *Client) nextRevision(name string) (int, error) {
	last, err := c.config.Releases.Last(name)
	if errors.Is(err, driver.ErrReleaseNotFound) {
		return 1, nil
	}
	if err != nil {
		return 0, fmt.Errorf("read Helm release %s: %w", name, err)
	}
	return last.Version + 1, nil
}

// givenUp is what a revision says of itself that failPending has recorded as failed.
const givenUp = "interrupted; resumed by kubectl eso-infisical"

// failPending records a revision that never ended as failed, since Helm refuses to work on a pending one.
func (c *Client) failPending(name string) error {
	last, err := c.config.Releases.Last(name)
	if err != nil {
		return fmt.Errorf("read Helm release %s: %w", name, err)
	}
	if !last.Info.Status.IsPending() {
		return nil
	}
	last.SetStatus(release.StatusFailed, givenUp)
	if err := c.config.Releases.Update(last); err != nil {
		return fmt.Errorf("record Helm release %s as failed: %w", name, err)
	}
	return nil
}

// ErrTaken means that another run has begun the same revision just before. Nothing has been changed.
var ErrTaken = errors.New("another run has begun to work on it")

// taken knows the three ways in which Helm says that somebody was faster; two of them are texts alone.
func taken(err error) bool {
	return err != nil && (errors.Is(err, driver.ErrReleaseExists) || strings.Contains(err.Error(), "cannot re-use a name that is still in use") ||
		strings.Contains(err.Error(), "another operation (install/upgrade/rollback) is in progress"))
}

type runner func(context.Context, *chart.Chart, map[string]any) (*release.Release, error)

func run(ctx context.Context, verb string, op Operation, start runner) (Release, error) {
	done, err := start(context.WithoutCancel(ctx), op.Chart.chart, op.Values)
	if taken(err) {
		err = ErrTaken
	}
	if err != nil {
		return Release{}, fmt.Errorf("%s Helm release %s: %w", verb, op.Name, err)
	}
	if ctx.Err() != nil {
		return Release{}, fmt.Errorf("%s Helm release %s: %w", verb, op.Name, ctx.Err())
	}
	return describe(done), nil
}
