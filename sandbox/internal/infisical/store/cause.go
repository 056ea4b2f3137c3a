package store

// Cause says why the server refuses a call.
type Cause int

// The causes a store reports, and those of the requests to it. The comment names the parameters that come with it.
const (
	TokenMissing            Cause = iota + 1
	TokenMalformed                //
	TokenInvalid                  // reason
	TokenExpired                  //
	TokenLapsed                   // the time to live has passed, the token itself has not
	TokenUnknown                  // the server no longer has it
	TokenRevoked                  //
	TokenSecretRevoked            //
	TokenMethodRevoked            //
	TokenHolderRemoved            //
	TokenUsesExhausted            //
	TokenTooOld                   //
	TokenWithoutExpiry            //
	TokenNotIdentity              //
	TokenNotForRoute              // route
	OrganizationNotSelected       //
	RenewRevoked                  //
	RenewSecretRevoked            //
	RenewMethodRevoked            //
	RenewUsesExhausted            //
	RenewMaxTTL                   //
	RenewPastMaxTTL               //
	AddressNotTrusted             //

	InvalidCredentials     //
	AuthMethodLocked       // too many wrong client secrets
	LoginLockContended     // another failing log-in is being counted
	ClientSecretExpired    //
	ClientSecretExhausted  //
	SubOrganizationUnknown // slug

	PermissionDenied  // action, subject
	NotInOrganization // id
	NotMember         // id
	// More would be handed out than the actor has itself: action, subject
	BeyondOwnInIdentity       //
	BeyondOwnInMembership     //
	BeyondOwnInPrivilege      //
	BeyondOwnInSecretCreation //
	BeyondOwnInSecretRead     //
	BeyondOwnInSecretRevoking //

	IDNotUUID               // query
	ProjectSlugUnknown      // slug
	ProjectSlugUnknownRead  // slug, while secrets are listed
	ProjectIDUnknown        // id
	ProjectIDUnknownRead    // id, while secrets are read
	ProjectOfAnotherOrg     // own, id
	ProjectSlugTaken        // slug
	EnvironmentUnknown      // environment, id
	EnvironmentUnknownTree  // environment, id, while a tree of secrets is read
	EnvironmentSlugTaken    // slug
	FolderUnknownInList     // path, environment
	FolderUnknownInGet      // path, environment
	FolderNameTaken         // name
	SecretUnknown           // name
	SecretExists            // name
	SecretValueForbidden    // name
	ReferencesNotExpandable //
	ImportExists            //

	IdentityUnknown        // id
	IdentityProtected      //
	IdentityOfProject      //
	IdentityLimitReached   //
	UniversalAuthTaken     //
	KubernetesAuthTaken    //
	UniversalAuthMissing   // id
	KubernetesAuthMissing  // id
	TTLAboveMaxTTL         //
	AddressInvalid         //
	AddressPlanMissing     //
	ClientSecretUnknown    // id of the identity
	MembershipExists       // identity, project
	MembershipOfOwnProject //
	MembershipUnknown      // id
	OrgMembershipMissing   // id
	RoleUnknown            // role
	RolePlanMissing        //
	RoleCreatePlanMissing  //
	RoleSlugTaken          // slug
	PermanentRoleMissing   //
	PrivilegeSlugTaken     // slug
	PrivilegeUnknown       // id
	PrivilegeMixed         //

	KubernetesMethodMissing      //
	KubernetesTokenRejected      // reason
	KubernetesTokenRefused       // the review does not say why
	KubernetesUsernameUnreadable //
	KubernetesNamespaceDenied    //
	KubernetesNameDenied         //
	KubernetesAudienceDenied     //
	KubernetesConnectionRefused  // address
	KubernetesHostNotFound       // address
	KubernetesTimeout            // address
	KubernetesCertificate        // reason
	KubernetesReviewerDenied     // status, reason
	KubernetesReviewerUnknown    // status, reason
	KubernetesReviewFailed       // status
	KubernetesHostLocal          //
	KubernetesHostUnreachable    // reason
	KubernetesHostUntrusted      // reason
	KubernetesReviewerInvalid    //
	KubernetesReviewerUnbound    //

	AlreadySetUp       //
	UserExists         //
	UserUnknown        //
	Maintenance        //
	RateLimited        // seconds
	ResponseMismatch   // what the server found is not what it may answer with
	ScopeMissingInList //
	ScopeMissingInGet  //

	EnvironmentMissingInList //
	EnvironmentMissingInGet  //
	BodyUnreadable           // reason
	BodyEmpty                //
	Invalid                  // the findings are the failure's details
)
