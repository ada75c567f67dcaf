/** What the server finds wrong with a value, in the reader's language. The server's own words are English. */

import { language } from "./language.ts";

/** Sentences of the checks of configuration and API; `$1` is what the pattern caught. Others stay as they are. */
const CHINESE: readonly (readonly [RegExp, string])[] = [
  [/^expected at least 1 characters$/, "必须填写"],
  [/^expected at least (\d+) characters$/, "至少需要 $1 个字符"],
  [/^expected at most (\d+) characters$/, "最多 $1 个字符"],
  [/^expected at least (\d+) entries$/, "至少需要 $1 项"],
  [/^expected at most (\d+) entries$/, "最多 $1 项"],
  [/^expected at least ([\d.-]+)$/, "不能小于 $1"],
  [/^expected at most ([\d.-]+)$/, "不能大于 $1"],
  [/^expected a number$/, "应为数字"],
  [/^expected a whole number$/, "应为整数"],
  [/^expected a text$/, "应为文字"],
  [/^expected true or false$/, "应为 true 或 false"],
  [/^must not contain line breaks or control characters$/, "不能包含换行或控制字符"],
  [/^expected six digits$/, "应为六位数字"],
  [/^expected (\d+) to (\d+) digits$/, "应为 $1 到 $2 位数字"],
  [/^expected an IP address$/, "应为 IP 地址"],
  [/^expected an IP address or a network like (.+)$/, "应为 IP 地址或网段，例如 $1"],
  [/^expected a host name or an IP address$/, "应为主机名或 IP 地址"],
  [/^expected a SIP URI like (.+)$/, "应为 SIP 地址，例如 $1"],
  [/^must hold no password, .*$/, "会被显示，不能包含密码：请使用 username 和 password"],
  [/^must be tls for (.+)$/, "用于 $1 时必须为 tls"],
  [/^expected a time zone like (.+) or (.+)$/, "应为时区，例如 $1 或 $2"],
  [/^expected up to 32 digits, letters or (.+), like (.+)$/, "应为最多 32 位数字、字母或 $1，例如 $2"],
  [/^expected a number to dial, like (.+) or (.+)$/, "应为可拨打的号码，例如 $1 或 $2"],
  [/^expected a number, a prefix that ends in \*, or \* alone$/, "应为号码、以 * 结尾的前缀，或单独的 *"],
  [
    /^expected digits, x for any digit, .+ like (.+) or (.+)$/,
    "可用数字、x（任意数字）、[2-5]（其中之一），* 只能在末尾，例如 $1 或 $2",
  ],
  [/^expected a name of up to 64 .+$/, "名称最多 64 个字符，可用字母、数字、空格和 . _ -"],
  [/^expected small letters, digits, and (.+)$/, "只能使用小写字母、数字和 $1"],
  [/^expected URI parameters like (.+) or (.+)$/, "应为 URI 参数，例如 $1 或 $2"],
  [/^expected days and hours like (.+)$/, "应为星期与时间，例如 $1"],
  [/^expected a date like (.+), or (.+) for each year$/, "应为日期，例如 $1，或 $2 表示每年"],
  [/^expected the beginning of a number$/, "应为号码前缀"],
  [/^expected the beginning of an international number, like (.+)$/, "应为国际号码开头，例如 $1"],
  [/^expected digits, like (.+)$/, "应为数字，例如 $1"],
  [/^there is no (\w+) "(.+)" in this domain.*$/, "此域中没有“$2”"],
  [/^(.+) is taken in (.+)$/, "$1 在 $2 中已被使用"],
  [/^(.+) is the number of (.+) already$/, "$1 已是 $2 的号码"],
  [/^"(.+)" is taken already$/, "“$1”已被使用"],
  [/^(.+) is a member twice$/, "$1 重复加入"],
  [/^(.+) stands twice$/, "$1 重复出现"],
  [/^forwards to itself$/, "不能转移到自己"],
  [/^overflows to itself$/, "不能溢出到自己"],
  [/^"(.+)" is built in: choose another name$/, "“$1”是内置名称：请另选名称"],
  [/^must differ from pin$/, "不能与密码相同"],
  [/^is missing: a line of kind register needs it$/, "账号注册的外线必须填写"],
  [/^is missing.*$/, "必须填写"],
  [/^The present password is wrong$/, "当前密码错误"],
  [/^The code is wrong$/, "验证码错误"],
  [/^There is a second factor already: .*$/, "双重验证已开启：请先用验证码关闭"],
  [/^There are too many tokens: remove some$/, "令牌过多：请删除一些"],
  [/^There is a domain "(.+)" already$/, "域“$1”已存在"],
  [/^No device of (.+) is registered$/, "$1 没有注册的设备"],
  [/^(\S+) cannot be rung now$/, "目前无法呼叫 $1"],
  [/^There is no extension (\S+).*$/, "没有分机 $1"],
  [/^This is the address you come from$/, "这是您当前使用的地址"],
  [/^Cannot take "(.+)": not a WAV file$/, "无法使用“$1”：不是 WAV 文件"],
  [/^Cannot take "(.+)": there are (\d+) pieces of music already$/, "无法使用“$1”：已有 $2 首音乐"],
  [/^Cannot take "(.+)": longer than (\d+) minutes$/, "无法使用“$1”：长度超过 $2 分钟"],
  [/^Cannot take "(.+)": encoding is none of (.+)$/, "无法使用“$1”：编码不是 $2 之一"],
  [
    /^Cannot take "(.+)": sample rate (\d+): (\d+) to (\d+) are read$/,
    "无法使用“$1”：采样率 $2 不在 $3 至 $4 之间",
  ],
  [/^Cannot take "(.+)": (\d+) channels: 1 to (\d+) are read$/, "无法使用“$1”：$2 个声道，最多 $3 个"],
  [
    /^Cannot take "(.+)": (?:samples before their format|no format chunk|no samples|format chunk too short)$/,
    "无法使用“$1”：WAV 文件已损坏",
  ],
  [/^Cannot take "(.*)": expected the name .*$/, "无法使用“$1”：名称只能使用小写字母、数字和 -"],
  [/^Cannot forward (\S+): it would be to itself$/, "$1 不能转移到自己"],
  [/^Cannot forward to "(.*)": .*$/, "不能转移到“$1”：该分机无权拨打，或号码不存在"],
  [/^the table is too large: at most (\d+) bytes are read$/, "表格过大：最多读取 $1 字节"],
  [/^this is no text: save the table as CSV, in UTF-8$/, "不是文本：请将表格另存为 UTF-8 编码的 CSV"],
  [/^a quote " that is opened here is never closed$/, '此处的引号 " 没有闭合'],
  [/^the table is empty: expected a head row like (.+)$/, "表格为空：应有列名行，例如 $1"],
  [/^(\d+) rows, at most (\d+) are read$/, "共 $1 行，最多读取 $2 行"],
  [/^unknown column "(.*)": did you mean "(.+)"\?$/, "未知的列“$1”：是否为“$2”？"],
  [/^unknown column "(.*)": expected some of (.+)$/, "未知的列“$1”：可用的列有 $2"],
  [/^the column (\S+) stands there twice$/, "列 $1 出现了两次"],
  [/^there is no column number: .*$/, "缺少分机号一列：请在第一行写明列名"],
  [/^(\d+) cells, but the head row has (\d+)$/, "有 $1 个单元格，而列名行有 $2 个"],
  [/^(.+) stands in line (\d+) already$/, "$1 已出现在第 $2 行"],
  [/^(.+) is the number of something else in (.+)$/, "$1 在 $2 中已是其他对象的号码"],
  [/^(.+) stands in the configuration file and is changed there$/, "$1 位于配置文件中，请在配置文件中修改"],
  [/^(.+) is there already$/, "$1 已存在"],
  [/^The changed configuration file was refused, .*$/, "修改后的配置文件未被采用，仍使用原来的配置"],
  [/^unknown key, did you mean "(.+)"\?$/, "未知的项，是否为“$1”？"],
  [/^unknown key: expected one of (.+)$/, "未知的项，可用的有 $1"],
  [/^is empty: these numbers are refused$/, "为空：这些号码将被拒绝"],
  [/^is easy to guess: use at least (\d+) characters .*$/, "容易猜中：请使用至少 $1 个字符，且不同于号码"],
  [
    /^is taken as (?:the )?text(?: "(.*)")?: put it in quotes, .*$/,
    "按文字读取：请加引号，其他 YAML 程序会有不同理解",
  ],
  [
    /^a line of kind peer without addresses or certificateNames .*$/,
    "按地址的外线没有 addresses 或 certificateNames，不接受外部来电",
  ],
  [/^has no member: nobody will be rung$/, "没有成员：不会有人振铃"],
  [/^lets anybody outside into a room without a pin$/, "任何外部来电都能进入没有密码的会议室"],
  [
    /^(.+) is no number of this domain and no rule leads it outside$/,
    "$1 不是此域的号码，也没有规则将其呼出",
  ],
  [/^(.+) cannot be a member: .*$/, "$1 不能作为成员"],
  [/^(.+) is an emergency number of this domain: .*$/, "$1 是此域的紧急号码：请另选号码，或修改 emergency"],
  [/^(.+) is denied by (.+): take it out of denied$/, "$1 被 $2 禁止：请从 denied 中移除"],
  [/^is less than callsPerHour (\d+) of one extension$/, "小于单个分机的 callsPerHour $1"],
  [/^overflows in a circle: (.+)$/, "溢出形成循环：$1"],
  [/^overlaps (\S+): give one of them another port$/, "与 $1 冲突：请为其中之一更换端口"],
  [/^overlaps (\S+): give the page another port$/, "与 $1 冲突：请为管理页面更换端口"],
  [/^contains the port of (\S+): choose a range without it$/, "包含 $1 的端口：请选择不含该端口的范围"],
  [
    /^serves the page unencrypted beyond this machine: use https:\/\/$/,
    "管理页面对外未加密：请使用 https://",
  ],
  [
    /^sends digest answers, SRTP keys and PINs readably .*$/,
    "以明文发送认证应答、SRTP 密钥和密码：只可用于专用网络",
  ],
  [/^is greater than (\w+) (\d+)$/, "大于 $1 $2"],
  [/^is smaller than (\w+) (\d+)$/, "小于 $1 $2"],
  [/^must lie between (\w+ \d+) and (\w+ \d+)$/, "必须在 $1 与 $2 之间"],
  [/^(.+) is the code of (.+) already$/, "$1 已是 $2 的功能码"],
  [/^"(.+)" is taken by (.+) already$/, "“$1”已被 $2 使用"],
  [/^the same key stands twice in one object$/, "同一个项出现了两次"],
  [/^tabs are not allowed as indentation: use spaces$/, "不能用制表符缩进：请使用空格"],
  [/^expected one of (.+)$/, "应为 $1 之一"],
  [/^The address stands in security\.allow$/, "该地址位于 security.allow 中"],
];

/** What follows many of the sentences. */
const TAILS: readonly (readonly [RegExp, string])[] = [
  [/, did you mean ([^,]+)\?$/, "，是否为 $1？"],
  [/, got (?:nothing|an object|a list.*)$/, ""],
  [/, got (.+)$/s, "，当前为 $1"],
];

/** As a sentence: the server's own begin small, for they follow a path in its log. */
export function sayComplaint(message: string): string {
  const words = language.get() === "zh" ? sayInChinese(message) : undefined;
  return words ?? message.slice(0, 1).toUpperCase() + message.slice(1);
}

function sayInChinese(message: string): string | undefined {
  for (const [tail, words] of TAILS) {
    const found = tail.exec(message);
    const head = found && sayInChinese(message.slice(0, found.index));
    if (head) return head + found[0].replace(tail, words);
  }
  const row = CHINESE.find(([pattern]) => pattern.test(message));
  return row && message.replace(...row);
}

/** A line of the server's log about the configuration file: where, and what if there are words for it; else as it came. */
export function sayFileProblem(problem: string): string {
  if (language.get() !== "zh") return problem;
  const [, file, line, column, path, message] =
    /^(.*?):(\d+):(\d+): (?:warning: )?(?:([\w[\].-]+): )?(.*)$/s.exec(problem) ?? [];
  if (message === undefined) return sayComplaint(problem);
  const what = path === undefined ? "" : `（${path}）`;
  return `${file} 第 ${line} 行第 ${column} 列${what}：${sayComplaint(message)}`;
}
