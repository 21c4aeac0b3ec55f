"""The methods that ask about chats and the people in them."""

from __future__ import annotations

from typing import Any

from ..chats import Chat, Standing
from ..errors import bad_request
from ..telegram import Telegram
from .call import Call
from .messages import is_administrator

_PERMISSIONS = ("can_send_messages", "can_send_documents", "can_send_photos", "can_send_other_messages")


def get_chat(call: Call) -> dict[str, Any]:
    """getChat: the ChatFullInfo, as far as the sandbox knows one."""
    chat = call.chat()
    info = {**chat.view, "accent_color_id": 0, "max_reaction_count": 11, "accepted_gift_types": _gifts()}
    if chat.kind in {"group", "supergroup"}:
        info["permissions"] = dict.fromkeys(_PERMISSIONS, True)
    if chat.pinned is not None:
        info["pinned_message"] = chat.pinned.view(quoted=True)
    return info


def _gifts() -> dict[str, bool]:
    kinds = ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels")
    return dict.fromkeys(kinds, False)


def get_chat_member(call: Call) -> dict[str, Any]:
    """getChatMember: the ChatMember. Raises ApiError 400 for a person whom the sandbox never saw."""
    chat = call.chat()
    user_id = call.params.integer("user_id")
    if user_id == call.account.id:
        if chat.standing is not Standing.MEMBER:
            return member(call.account.user, chat.standing)
        return member(call.account.user, "administrator" if is_administrator(call, chat) else "member")
    user = call.telegram.people.get(user_id)
    if user is None:
        raise bad_request("user not found" if user_id > 0 else "invalid user_id specified")
    return member(user, chat.status(user_id))


def get_chat_administrators(call: Call) -> list[dict[str, Any]]:
    """getChatAdministrators: the owner and the administrators; other bots are left out."""
    chat = call.open_chat()
    if chat.kind == "private":
        raise bad_request("there are no administrators in the private chat")
    people = call.telegram.people
    others = [
        user_id for user_id, status in (chat.members or {}).items() if status == "administrator" and user_id in people
    ]
    return [member(chat.owner, "creator"), *(member(people[user_id], "administrator") for user_id in others)]


def get_chat_member_count(call: Call) -> int:
    """getChatMemberCount: the people known to be there, and the bot."""
    chat = call.chat()
    there = [status for status in (chat.members or {}).values() if status in {"member", "administrator"}]
    return 2 + len(there)


def member(user: dict[str, Any], status: str) -> dict[str, Any]:
    """The Bot API's ChatMember; an administrator may do everything."""
    view: dict[str, Any] = {"user": user, "status": str(status)}
    if status == "creator":
        view["is_anonymous"] = False
    elif status == "kicked":
        view["until_date"] = 0
    elif status == "administrator":
        rights = (
            "can_manage_chat can_delete_messages can_manage_video_chats can_restrict_members can_promote_members "
            "can_change_info can_invite_users can_post_stories can_edit_stories can_delete_stories can_pin_messages"
        )
        view |= {"can_be_edited": False, "is_anonymous": False, **dict.fromkeys(rights.split(), True)}
    return view


def leave_chat(call: Call) -> bool:
    """leaveChat: true."""
    chat = call.open_chat()
    if chat.kind == "private":
        raise bad_request("chat member status can't be changed in private chats")
    change_standing(call.telegram, chat, Standing.LEFT, call.account.user)
    return True


def change_standing(telegram: Telegram, chat: Chat, standing: Standing, actor: dict[str, Any]) -> None:
    """What the bots are in a chat changes; each hears of it in a my_chat_member update."""
    before, chat.standing = chat.standing, standing
    if before is standing:
        return
    for account in telegram.bots.values():
        change = {
            "chat": chat.view,
            "from": actor,
            "date": int(telegram.now()),
            "old_chat_member": member(account.user, before),
            "new_chat_member": member(account.user, standing),
        }
        account.mailbox.put("my_chat_member", change)
    telegram.broadcast.tell("chat", chat.summary())
