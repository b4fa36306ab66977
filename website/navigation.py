"""The sections of the site and their pages, in both languages. Each page is a file of the repository."""

from __future__ import annotations

from typing import NamedTuple


class Page(NamedTuple):
    """A page: its file from the root of the repository, and its short title in the navigation."""

    file: str
    english: str
    chinese: str

    @property
    def place(self) -> str:
        """The file in the sources of the site. Those in docs/ keep their place, and a README becomes an index."""
        inside = self.file.removeprefix("docs/")
        folder, slash, name = inside.rpartition("/")
        return f"{folder}{slash}{'index.md' if name == 'README.md' else name.lower()}"


class Section(NamedTuple):
    """A section of the navigation; the first page is the one that its title leads to."""

    english: str
    chinese: str
    pages: tuple[Page, ...]


NAVIGATION = (
    Section("Start", "开始", (
        Page("docs/index.md", "Five minutes", "五分钟上手"),
        Page("docs/install.md", "Install", "安装"),
        Page("docs/guides/first-integration.md", "First integration", "首次接入"),
        Page("docs/guides/outcomes.md", "Choose an outcome", "指定支付结果"),
        Page("docs/questions.md", "Questions", "常见问题"),
        Page("examples/README.md", "Example shops", "示例商店"),
    )),
    Section("Guides", "指南", (
        Page("docs/guides/README.md", "Find a guide", "查找指南"),
        Page("docs/testing.md", "Testing with pytest", "用 pytest 测试"),
        Page("helpers/README.md", "Testing in other languages", "用其他语言测试"),
        Page("helpers/node/README.md", "Testing with Node", "用 Node 测试"),
        Page("helpers/php/README.md", "Testing with PHPUnit", "用 PHPUnit 测试"),
        Page("helpers/java/README.md", "Testing with JUnit", "用 JUnit 测试"),
        Page("docs/guides/ci.md", "CI", "CI"),
        Page("docs/recipes/README.md", "CI and container recipes", "CI 与容器示例"),
        Page("docs/guides/plug-in.md", "Plug-ins", "插件"),
        Page("docs/terminal.md", "Terminal", "终端"),
        Page("docs/agents.md", "Coding assistants", "编程助手"),
        Page("docs/examine.md", "Examine a shop", "检查商店"),
        Page("docs/guides/partners.md", "Demos", "演示"),
        Page("docs/guides/flask.md", "Flask", "Flask"),
        Page("docs/guides/load.md", "Load tests", "压力测试"),
        Page("docs/platforms.md", "Operating systems", "操作系统"),
        Page("docs/guides/shared.md", "Several processes", "多进程"),
        Page("docs/compare.md", "Compare with a gateway", "与网关对照"),
    )),
    Section("How to", "操作方法", (
        Page("docs/how-to/README.md", "All tasks", "全部任务"),
        Page("docs/how-to/declined.md", "Declined payment", "被拒绝的支付"),
        Page("docs/how-to/duplicate-notification.md", "Duplicate notification", "重复通知"),
        Page("docs/how-to/lost-answer.md", "Lost answer", "丢失的响应"),
        Page("docs/how-to/refund-pending.md", "Pending refund", "待处理的退款"),
        Page("docs/how-to/expiry.md", "Expired order", "过期的订单"),
        Page("docs/how-to/plug-in-https.md", "Plug-in over HTTPS", "通过 HTTPS 使用插件"),
        Page("docs/how-to/shared-sandbox.md", "Shared sandbox", "共享沙箱"),
        Page("docs/how-to/load-test.md", "Load test", "压力测试"),
        Page("docs/how-to/examine-a-shop.md", "Examine a shop", "检查商店"),
        Page("docs/how-to/compare-with-a-gateway.md", "Compare with a gateway", "与网关对照"),
    )),
    Section("Reference", "参考", (
        Page("docs/methods.md", "Methods", "接口"),
        Page("docs/browser-return.md", "Browser return", "浏览器返回"),
        Page("docs/codes.md", "Error codes", "错误码"),
        Page("docs/scenarios.md", "Scenarios", "场景"),
        Page("docs/own-scenarios.md", "Your own scenarios", "自定义场景"),
        Page("docs/signatures.md", "Signature mistakes", "签名错误"),
        Page("docs/settings.md", "Settings", "设置"),
        Page("docs/cli.md", "Commands", "命令"),
        Page("docs/accounts.md", "Control API", "控制 API"),
        Page("docs/api.md", "API operations", "API 操作"),
        Page("docs/client.md", "Python client", "Python 客户端"),
        Page("docs/protocol.md", "Protocol", "协议"),
    )),
    Section("Understand", "深入了解", (
        Page("docs/architecture.md", "Architecture", "架构"),
        Page("docs/fidelity.md", "Fidelity", "仿真依据"),
        Page("docs/decisions.md", "Decisions", "设计决策"),
        Page("docs/performance.md", "Performance", "性能"),
        Page("docs/scale.md", "Scale", "规模"),
        Page("docs/durability.md", "Durability", "持久性"),
    )),
    Section("Contribute", "参与贡献", (
        Page("CONTRIBUTING.md", "Contributing", "参与贡献"),
        Page("docs/extending.md", "Extending", "扩展"),
        Page("docs/releasing.md", "Releasing", "发布"),
        Page("CHANGELOG.md", "Changes", "变更记录"),
        Page("SECURITY.md", "Security", "安全"),
    )),
)  # fmt: skip

PAGES = {page.file: page for section in NAVIGATION for page in section.pages}
"""All pages by their file."""
