package cause

// Code is EI and three digits, and is never reused. The hundreds are the layer: 1xx client and cluster, 2xx ESO's installation, 3xx
// credentials, 4xx TLS, 5xx reaching Infisical, 6xx project and permission, 7xx stores, 8xx external secrets.
type Code string

// The codes that programs decide by; the others are for people.
const (
	WrongCredentials  Code = "EI310"
	LockedOut         Code = "EI311"
	SecretExpired     Code = "EI312"
	UsesExhausted     Code = "EI313"
	AddressNotTrusted Code = "EI314"
	TokenInvalid      Code = "EI315"
	KubernetesLogin   Code = "EI317"
	KubernetesReview  Code = "EI318"
	IdentityUnknown   Code = "EI323"
	AuthMethodTaken   Code = "EI327"

	UnknownAuthority  Code = "EI401"
	WrongHostName     Code = "EI404"
	CertificateDates  Code = "EI405"
	CommonNameOnly    Code = "EI406"
	RenewedAuthority  Code = "EI407"
	NotAnAuthority    Code = "EI408"
	IncompleteChain   Code = "EI410"
	HandshakeFailed   Code = "EI411"
	ClientCertificate Code = "EI412"
	WeakCertificate   Code = "EI413"
	UsageForbidden    Code = "EI414"

	HostUnknown       Code = "EI501"
	ConnectionRefused Code = "EI502"
	TimedOut          Code = "EI503"
	PlainHTTP         Code = "EI504"
	NotInfisical      Code = "EI505"
	ProxyAnswers      Code = "EI506"
	RateLimited       Code = "EI508"
	ServerFailed      Code = "EI509"
	ConnectionCut     Code = "EI510"
	Maintenance       Code = "EI511"
	InvalidRequest    Code = "EI512"
	ProxyUnreachable  Code = "EI513"

	ProjectUnknown     Code = "EI601"
	NotMember          Code = "EI602"
	PermissionMissing  Code = "EI603"
	EnvironmentUnknown Code = "EI604"
	WrongProduct       Code = "EI605"
	SecretUnknown      Code = "EI606"
	PathUnknown        Code = "EI607"
	ManagementDenied   Code = "EI608"
	PrivilegeBoundary  Code = "EI609"
	PlanLimit          Code = "EI610"
	ExistsAlready      Code = "EI611"
)
