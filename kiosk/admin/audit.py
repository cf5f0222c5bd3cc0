"""Who did what in the admin, and the people themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group, User
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from hardware.admin.base import ReadOnlyAdmin
from hardware.admin.filters import period

if TYPE_CHECKING:

    class Plain:
        """Nothing more than Django's own admin, whose types are known."""
else:
    from hardware.admin.base import Admin as Plain

admin.site.unregister(User)
admin.site.unregister(Group)


@admin.register(LogEntry)
class LogEntryAdmin(ReadOnlyAdmin):
    """Everything that staff did here, in their own words where they gave a reason."""

    list_display = ["action_time", "user", "content_type", "thing", "what"]
    list_filter = [period("action_time"), "user", "content_type"]
    list_select_related = ["user", "content_type"]
    search_fields = ["object_repr", "change_message", "user__username"]
    fields = ["action_time", "user", "content_type", "thing", "what"]
    readonly_fields = ["thing", "what"]

    @admin.display(description=_("record"), ordering="object_repr")
    def thing(self, entry: LogEntry) -> str:
        """What it was done to, leading there."""
        url = entry.get_admin_url()
        return format_html('<a class="bo-link" href="{}">{}</a>', url, entry.object_repr) if url else entry.object_repr

    @admin.display(description=_("what"))
    def what(self, entry: LogEntry) -> str:
        """What was done."""
        return entry.get_change_message() or str(entry.get_action_flag_display())


@admin.register(User)
class UserAdmin(DjangoUserAdmin[User] if TYPE_CHECKING else DjangoUserAdmin, Plain):  # type: ignore[misc]
    """People with access. Give them a role (group) rather than single permissions."""

    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm


@admin.register(Group)
class GroupAdmin(DjangoGroupAdmin, Plain):
    """Roles."""
