package checks

import (
	"context"
	"net/netip"
	"net/url"
	"strings"

	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

const correctHost = "kubectl eso-infisical apply-store --host https://NAME"

var networkPolicies = doctor.NewInput("NetworkPolicies", func(ctx context.Context, s *doctor.Snapshot) ([]networkingv1.NetworkPolicy, error) {
	list, err := s.Cluster.Typed.NetworkingV1().NetworkPolicies(s.Cluster.Namespace).List(ctx, metav1.ListOptions{})
	if err != nil {
		return nil, err
	}
	return list.Items, nil
}).Asking(asks("list", policiesResource, atHome)).Keeping(whole)

var addressChecks = []doctor.Check{
	{Code: "EI507", Needs: codes("EI701"), Inputs: sources(stores), Run: eachStore(addressHasAScheme)},
	{Code: "EI550", Needs: codes("EI701"), Inputs: sources(stores), Run: eachStore(addressHasTheRightForm)},
	{Code: "EI451", Needs: codes("EI701"), Inputs: sources(stores), Run: eachStore(addressIsEncrypted)},
	{Code: "EI551", Needs: codes("EI201"), Inputs: sources(networkPolicies, deployments), Run: policiesLetOut},
	{Code: "EI552", Needs: codes("EI551"), Inputs: sources(networkPolicies, deployments), Run: policiesNameDNS},
	{Code: "EI553", Needs: codes("EI701"), Inputs: sources(deployments, stores), Run: proxyLeavesOutTheCluster},
}

func addressHasAScheme(_ context.Context, _ *doctor.Snapshot, st store) doctor.Result {
	if strings.Contains(st.Host, "://") {
		return one(doctor.Holds(st.Host, st.named()))
	}
	c, _ := cause.FromText("unsupported protocol scheme")
	return one(doctor.Problem(c, st.named()).MendedBy("kubectl eso-infisical apply-store --host https://" + strings.TrimSpace(st.Host)).From(st.seen("hostAPI")))
}

func addressHasTheRightForm(_ context.Context, _ *doctor.Snapshot, st store) doctor.Result {
	fault := formFault(st.Host)
	if fault == "" {
		return one(doctor.Holds(st.Host, st.named()))
	}
	command := correctHost
	if u, err := url.Parse(strings.TrimSpace(st.Host)); err == nil && u.Host != "" {
		command = "kubectl eso-infisical apply-store --host " + u.Scheme + "://" + u.Host
	}
	return one(problem("EI550", "the address "+st.Host+" "+fault, "write it as https://HOST: "+command, st.named()).MendedBy(command).From(st.seen("hostAPI")))
}

// formFault says what ESO's own reading of the address makes wrong; see the table of its SDK: /api is kept, a slash gets api, all else /api.
func formFault(host string) string {
	rest, found := strings.CutPrefix(host, "https://")
	if !found {
		if rest, found = strings.CutPrefix(host, "http://"); !found {
			if strings.Contains(host, "://") || host != strings.TrimSpace(host) {
				return "is none of http or https"
			}
			return ""
		}
	}
	authority, path, _ := strings.Cut(rest, "/")
	switch {
	case strings.ContainsAny(host, " \t\r\n"):
		return "holds white space"
	case authority == "":
		return "names no host"
	case strings.ContainsAny(rest, "?#"), strings.Contains(authority, "@"):
		return "holds more than a host and a port"
	case strings.HasSuffix(path, "api/"):
		return "ends in /api/, of which ESO makes /api/api"
	case strings.HasPrefix(path, "/"), strings.Contains(path, "//"):
		return "has two slashes in a row, which ESO keeps"
	case strings.HasPrefix(path, "api/"):
		return "leads below /api, where the API is not"
	}
	return ""
}

func addressIsEncrypted(_ context.Context, _ *doctor.Snapshot, st store) doctor.Result {
	if strings.HasPrefix(strings.ToLower(st.Host), "http://") {
		return one(problem("EI451", "the store talks to "+st.Host+" without encryption", "use an address that begins with https://", st.named()).From(st.seen("hostAPI")))
	}
	return one(doctor.Holds("", st.named()))
}

// restricting are the policies that say what the controller's pods may connect to.
func restricting(ctx context.Context, s *doctor.Snapshot) ([]networkingv1.NetworkPolicy, error) {
	all, err := networkPolicies.Of(ctx, s)
	if err != nil {
		return nil, err
	}
	controller, err := theController(ctx, s)
	if err != nil || controller == nil {
		return nil, err
	}
	podLabels, _, _ := unstructured.NestedStringMap(controller.Object, "spec", "template", "metadata", "labels")
	var found []networkingv1.NetworkPolicy
	for _, p := range all {
		selector, err := metav1.LabelSelectorAsSelector(&p.Spec.PodSelector)
		if err == nil && limitsEgress(p) && selector.Matches(labels.Set(podLabels)) {
			found = append(found, p)
		}
	}
	return found, nil
}

func limitsEgress(p networkingv1.NetworkPolicy) bool {
	for _, t := range p.Spec.PolicyTypes {
		if t == networkingv1.PolicyTypeEgress {
			return true
		}
	}
	return len(p.Spec.PolicyTypes) == 0 && len(p.Spec.Egress) > 0
}

func policy(p networkingv1.NetworkPolicy) doctor.Object {
	return doctor.Object{Kind: "NetworkPolicy", Namespace: p.Namespace, Name: p.Name}
}

func policiesLetOut(ctx context.Context, s *doctor.Snapshot) doctor.Result {
	found, err := restricting(ctx, s)
	if err != nil || len(found) == 0 {
		return failedOrNothing(err)
	}
	f := problem("EI551", "policies select ESO's controller and allow it to connect to nothing", "add rules for DNS (port 53), the API server and Infisical")
	for _, p := range found {
		if len(p.Spec.Egress) > 0 {
			return one(doctor.Holds("", policy(p)))
		}
		f.Objects = append(f.Objects, policy(p))
		f = f.From(doctor.Evidence{Object: policy(p), Field: "spec.egress", Value: "no rule", ResourceVersion: p.ResourceVersion})
	}
	return one(f.MendedBy("kubectl -n " + s.Cluster.Namespace + " edit networkpolicy " + found[0].Name))
}

func policiesNameDNS(ctx context.Context, s *doctor.Snapshot) doctor.Result {
	found, err := restricting(ctx, s)
	if err != nil || len(found) == 0 {
		return failedOrNothing(err)
	}
	f := problem("EI552", "policies limit what ESO's controller may connect to, and no rule allows DNS (port 53)", "add a rule for port 53, UDP and TCP")
	for _, p := range found {
		for _, rule := range p.Spec.Egress {
			if allowsDNS(rule) {
				return one(doctor.Holds("", policy(p)))
			}
		}
		f.Objects = append(f.Objects, policy(p))
	}
	return one(f.MendedBy("kubectl -n " + s.Cluster.Namespace + " edit networkpolicy " + found[0].Name))
}

func allowsDNS(rule networkingv1.NetworkPolicyEgressRule) bool {
	for _, port := range rule.Ports {
		if port.Port == nil || port.Port.String() == "53" || port.Port.String() == "dns" || port.Port.String() == "dns-tcp" {
			return true
		}
		if port.EndPort != nil && port.Port.IntVal <= 53 && *port.EndPort >= 53 {
			return true
		}
	}
	return len(rule.Ports) == 0
}

// proxyLeavesOutTheCluster reads the controller's own environment, as the chart's extraEnv sets it.
func proxyLeavesOutTheCluster(ctx context.Context, s *doctor.Snapshot) doctor.Result {
	controller, err := theController(ctx, s)
	if err != nil || controller == nil {
		return failedOrNothing(err)
	}
	found, err := stores.Of(ctx, s)
	if err != nil {
		return one(doctor.Found(err))
	}
	proxy, exempt := variable(controller, "HTTPS_PROXY"), variable(controller, "NO_PROXY")
	if proxy == "" {
		return nil
	}
	var result doctor.Result
	for _, st := range found {
		u, err := url.Parse(st.Host)
		if err != nil || !isInside(u.Hostname()) || exempted(u.Hostname(), exempt) {
			continue
		}
		result = append(result, problem("EI553", "ESO goes to "+u.Hostname()+" through a proxy, though it is in the cluster or its network",
			"add "+u.Hostname()+" to NO_PROXY in the chart's values (extraEnv)", st.named()).
			From(doctor.Seen(controller, "spec.template.spec.containers[0].env", "HTTPS_PROXY is set, NO_PROXY is "+exempt)))
	}
	return result
}

// variable is a variable of the controller's container, in upper or lower case.
func variable(controller *unstructured.Unstructured, name string) string {
	env, _, _ := unstructured.NestedSlice(container(controller), "env")
	for _, item := range env {
		entry, _ := item.(map[string]any)
		if own, _ := entry["name"].(string); strings.EqualFold(own, name) {
			value, _ := entry["value"].(string)
			return value
		}
	}
	return ""
}

func isInside(host string) bool {
	if _, service := kube.ClusterService(host); service {
		return true
	}
	address, err := netip.ParseAddr(host)
	return err == nil && (address.IsPrivate() || address.IsLoopback())
}

// exempted reads NO_PROXY as Go does, but for ports.
func exempted(host, exempt string) bool {
	for _, entry := range strings.Split(exempt, ",") {
		entry = strings.TrimSpace(entry)
		if network, err := netip.ParsePrefix(entry); err == nil {
			if address, err := netip.ParseAddr(host); err == nil && network.Contains(address) {
				return true
			}
		}
		suffix := "." + strings.TrimLeft(entry, "*.")
		if entry == "*" || entry != "" && (host == entry || strings.HasSuffix("."+host, suffix)) {
			return true
		}
	}
	return false
}
