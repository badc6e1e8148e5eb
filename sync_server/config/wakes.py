"""Settings of push notifications, which wake devices up."""

from dataclasses import dataclass, field

from sync_server.config.parsing import setting


@dataclass(frozen=True, slots=True)
class WakeSettings:
    """Settings of push notifications, which wake devices up."""

    vapid_private_key: str = field(
        default="",
        repr=False,
        metadata={
            "description": "VAPID key of Web Push and UnifiedPush, base64url of 32 bytes; empty: "
            "off, with a private database one in DATA_DIR",
            "validate": [],
        },
    )
    vapid_subject: str = setting(
        "",
        "Contact that gateways of Web Push see, mailto:… or https://…; empty: the address of "
        "MAIL_FROM",
    )
    fcm_credentials: str = field(
        default="",
        repr=False,
        metadata={
            "description": "Service account of Firebase Cloud Messaging, the JSON of its key; "
            "empty: off",
            "validate": [],
        },
    )
    fcm_url: str = setting("https://fcm.googleapis.com", "URL of Firebase Cloud Messaging")
    apns_key: str = field(
        default="",
        repr=False,
        metadata={
            "description": "Key of Apple's push service, the text of the .p8 file; empty: off",
            "validate": [],
        },
    )
    apns_key_id: str = setting("", "Id of APNS_KEY")
    apns_team_id: str = setting("", "Id of the Apple developer team")
    apns_bundle_id: str = setting("", "Bundle id of the iOS app, such as com.example.app")
    apns_url: str = setting(
        "https://api.push.apple.com",
        "URL of Apple's push service; https://api.sandbox.push.apple.com for development builds",
    )
    push_loopback: bool = setting(
        False, "Allow push endpoints on this machine, also by http; for development only"
    )
