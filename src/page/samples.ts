import type { Condition } from './match-request.ts'

/** A job with resumes to try the match with. Nobody in them exists, and nobody has a name. */
interface Sample {
  readonly job: string
  readonly resumes: string
  readonly conditions: readonly Condition[]
}

const ENGLISH_JOB = `Data engineer
Skills: SQL, Python, Airflow, Kafka
You build the pipelines that bring orders and stock movements of 400 shops into one warehouse.
You model data together with analysts and look after its quality.
You keep the nightly jobs running, and improve what breaks often.
We work in English; some of our colleagues speak Chinese.`

const CHINESE_JOB = `重症监护室护士
技能：呼吸机管理、静脉输液、急救、电子病历
负责重症患者的日常监护，观察生命体征并及时处理异常情况。
配合医生完成抢救，管理呼吸机和输液泵。
与家属沟通病情，认真书写护理记录。
需要轮值夜班。`

const ENGLISH_RESUMES = `id,title,years,skills,resume
R-01,Data engineer,6,"SQL; Python; Airflow; dbt","I have built pipelines in Airflow that load sales data of 90 shops every night. I introduced checks of data quality and halved the number of failed jobs."
R-02,数据工程师,5,"SQL、Python、Kafka、Spark","负责零售企业的数据仓库建设，用 Kafka 接入门店订单和库存数据。与分析师一起设计数据模型，保障夜间任务稳定运行。"
R-03,Data analyst,4,"SQL; Excel; Tableau","I report on sales and stock for a chain of pharmacies. I write SQL every day and build dashboards for the management."
R-04,Backend developer,7,"Java; Kafka; PostgreSQL","I develop the ordering system of a logistics company. Events go through Kafka; I am on call for the services of my team."
R-05,Junior data engineer,1,"Python; SQL","After my degree in statistics I worked a year on pipelines for weather data. I like tidy code and tests."
R-06,Pastry chef,9,"baking; purchasing","I run the pastry kitchen of a hotel with 200 rooms and train four apprentices."
`

const CHINESE_RESUMES = `编号,职位,工作年限,技能,简历
R-11,ICU护士,6,"呼吸机管理、静脉输液、急救","在三级医院重症监护室工作六年，熟练使用呼吸机和输液泵。多次参与抢救，能独立完成危重患者的夜间监护。"
R-12,Intensive care nurse,5,"ventilation, triage, electronic health records","I have worked in intensive care for five years. I look after ventilated patients, watch their vital signs and talk with their families."
R-13,急诊科护士,4,"静脉输液、急救、分诊","在急诊科负责分诊和抢救配合，熟悉电子病历系统，能够承担夜班。"
R-14,社区护士,8,"慢病管理、健康宣教","在社区卫生服务中心管理高血压和糖尿病患者，组织健康讲座。"
R-15,护理实习生,1,"静脉输液","在呼吸内科实习一年，学习护理记录书写，愿意轮值夜班。"
R-16,会计,7,"成本核算、纳税申报","负责制造企业的成本核算和月末结账，编制财务报表。"
`

/** By the language of the job; the resumes are in both. */
export const SAMPLES: Readonly<Record<'english' | 'chinese', Sample>> = {
  english: {
    job: ENGLISH_JOB,
    resumes: ENGLISH_RESUMES,
    conditions: [{ field: 'years', kind: 'min', value: '2' }],
  },
  chinese: {
    job: CHINESE_JOB,
    resumes: CHINESE_RESUMES,
    conditions: [{ field: '工作年限', kind: 'min', value: '2' }],
  },
}

/** Texts to compare: three things, each said in both languages, and one that stands alone. */
export const SAMPLE_TEXTS = `data engineer
数据工程师
intensive care nurse
重症监护护士
pastry chef
西点师
truck driver
长途货车司机`
