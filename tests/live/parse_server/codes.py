"""The codes that Parse documents, each with every name it goes by."""

import re

# A code and its names a line, as in the table itself.
# ruff: noqa: E501
_TABLE = """
-1 OtherCause
1 InternalServerError
2 ServiceUnavailable
4 ClientDisconnected
100 TooManyRequests ConnectionFailed
101 UserInvalidLoginParams ObjectNotFound
102 InvalidQuery
103 InvalidClassName
104 MissingObjectId
105 InvalidFieldName
106 InvalidPointer
107 InvalidJSON
108 CommandUnavailable
109 NotInitialized
111 IncorrectType
112 InvalidChannelName
113 InvalidSubscriptionType
114 InvalidDeviceToken
115 PushMisconfigured PushWhereAndChannels PushWhereAndType PushMissingData PushMissingChannels ClientPushDisabled RestPushDisabled ClientPushWithURI PushQueryOrPayloadTooLarge
116 ObjectTooLarge ExceededConfigParamsError
117 InvalidLimitError
118 InvalidSkipError
119 OperationForbidden
120 CacheMiss
121 InvalidNestedKey
122 InvalidFileName
123 InvalidACL
124 RequestTimeout
125 InvalidEmailAddress
126 MissingContentType
127 MissingContentLength
128 InvalidContentLength
129 FileTooLarge
130 FileSaveError
132 InvalidInstallationIdError
133 InvalidDeviceTypeError
134 InvalidChannelsArrayError
135 MissingRequiredFieldError
136 ChangedImmutableFieldError
137 DuplicateValue
138 InvalidExpirationError
139 InvalidRoleName ReservedValue
140 ExceededCollectionQuota
141 ScriptFailed FunctionNotFound JobNotFound
142 ValidationFailed
143 WebhookError ReceiptMissing
144 InvalidPurchaseReceipt
145 PaymentDisabled
146 InvalidProductIdentifier
147 ProductNotFoundInAppStore
148 InvalidServerResponse
149 ProductDownloadFilesystemError
150 InvalidImageData
151 UnsavedFileError
152 InvalidPushTimeError
153 FileDeleteError
154 InefficientQueryError
155 RequestLimitExceeded
156 MissingPushIdError
157 MissingDeviceTypeError
158 HostingError
159 DuplicateRequest
160 InvalidEventName
161 FileDeleteUnnamedError
162 InvalidValue
200 UsernameMissing
201 PasswordMissing
202 UsernameTaken
203 UserEmailTaken
204 UserEmailMissing
205 UserWithEmailNotFound
206 SessionMissing
207 MustCreateUserThroughSignup
208 AccountAlreadyLinked
209 InvalidSessionToken
210 MFAError
211 MFATokenRequired
250 LinkedIdMissing
251 InvalidLinkedSession InvalidGeneralAuthData BadAnonymousID FacebookBadToken FacebookBadID FacebookWrongAppID TwitterVerificationFailed TwitterWrongID TwitterWrongScreenName TwitterConnectFailure
252 UnsupportedService UsernameSigninDisabled AnonymousSigninDisabled FacebookSigninDisabled TwitterSigninDisabled
253 InvalidAuthDataError
255 ClassNotEmpty
256 AppNameInvalid
600 AggregateError
601 FileReadError
602 XDomainRequest
902 MissingAPIKeyError
903 InvalidAPIKeyError
999 LinkingNotSupportedError CloudCodeError
"""

NAMES: dict[int, tuple[str, ...]] = {int(code): tuple(names) for code, *names in (re.split(r"\s+", line) for line in _TABLE.strip().splitlines())}
